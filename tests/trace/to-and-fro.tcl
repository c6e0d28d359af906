# One node: at 10 s from the left half of the area to the right, at 20 s back.
$node_(0) set X_ 0.0
$node_(0) set Y_ 0.0
$node_(0) set Z_ 0.0
$ns_ at 9.0 "$node_(0) setdest 100.0 0.0 50.0"
$ns_ at 19.0 "$node_(0) setdest 0.0 0.0 50.0"
$ns_ at 90.0 "$node_(0) setdest 1.0 0.0 50.0"
