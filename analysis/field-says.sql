-- What the figures of field.sh say, in five sentences. SPDX-License-Identifier: GPL-3.0-or-later

.mode list
.headers off
.nullvalue ''

-- A family's best variant by the peak queue.
CREATE TEMP VIEW family AS
SELECT *, CASE WHEN instr(policy, ':') THEN substr(policy, 1, instr(policy, ':') - 1)
               ELSE policy END AS name FROM wide;
CREATE TEMP VIEW best AS
SELECT * FROM family WHERE NOT bound ORDER BY queue, p99 LIMIT 1;

SELECT printf('1. **Benefit.** %s has the smallest peak queue, %.0f packets where %s has %.0f, and a '
           || 'p99 delay of %.2f s instead of %.2f s%s.', b.policy, b.queue, s.policy, s.queue, b.p99,
              s.p99, CASE WHEN b.way IS NULL THEN '' ELSE printf('; it goes %.0f %% of the way from there '
           || 'to the best possible', b.way) END)
FROM best b, wide s WHERE s.baseline;

SELECT '2. **The draft and common sense.** Of the variants of each, the best by the peak queue: ' ||
       group_concat(printf('%s %.0f packets', policy, queue), ', ') || '.'
FROM (SELECT policy, min(queue) AS queue FROM family
      WHERE name IN ('hybrid', 'two-choices', 'redirect', 'threshold')
      GROUP BY name ORDER BY 2);

SELECT '3. **Cost.** ' || coalesce((SELECT printf('Of those whose peak queue is surely smaller than with %s, %s moves a node '
           || 'least often, %.1f times an hour, and %s most often, %.1f times; signalling is %.1f to %.1f kB '
           || 'a node and hour, %.1f with %s.', s.policy,
              l.policy, l.moves, m.policy, m.moves, r.least, r.most, s.signalling, s.policy)
FROM wide s,
     (SELECT * FROM wide WHERE queue_is = 'better' AND NOT bound ORDER BY moves LIMIT 1) l,
     (SELECT * FROM wide WHERE queue_is = 'better' AND NOT bound ORDER BY moves DESC LIMIT 1) m,
     (SELECT min(signalling) AS least, max(signalling) AS most FROM wide
      WHERE queue_is = 'better' AND NOT bound) r
WHERE s.baseline), 'No policy''s peak queue is surely smaller than the baseline''s.');

SELECT '4. **Failure.** ' || CASE
    WHEN max(outage) IS NULL THEN 'No failure was run.'
    ELSE printf('When an agent dies a node is without service for %.1f s on average with %s; it is surely '
             || 'shorter with %s, surely longer with %s.', max(CASE WHEN baseline THEN outage END),
                max(CASE WHEN baseline THEN policy END),
                coalesce(group_concat(CASE WHEN outage_is = 'better' THEN policy END, ', '), 'none'),
                coalesce(group_concat(CASE WHEN outage_is = 'worse' THEN policy END, ', '), 'none'))
    END
FROM (SELECT * FROM wide WHERE NOT bound ORDER BY row);

SELECT '5. **Choice.** No other policy has a smaller peak queue for as little signalling than ' ||
       group_concat(printf('%s (%.0f packets, %.1f kB)', policy, queue, signalling), ', ') || '.'
FROM (SELECT * FROM front ORDER BY signalling);
