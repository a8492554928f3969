# The picture of bench/plot, which sets picture, on, width and height (pixels), n
# (bars), over_most and cpu_most (ends of the axes) and $rows:
#
#   1 place  2 title  3 colour  4, 5 instructions and their text
#   6, 7 CPU and its text  8, 9 its quartiles, NaN for a bar that is cut

set terminal svg noenhanced size width,height \
    font "Helvetica,Arial,sans-serif,13" background "#ffffff"
set output picture
set encoding utf8

set multiplot
set border 0
set style fill solid 1 noborder
set tics scale 0 textcolor "#374151"
set yrange [-0.6:n - 0.4]
set tmargin at screen 1 - 62.0 / height
set bmargin at screen 44.0 / height
unset key
unset xtics
half = 0.34
top = 1 - 22.0 / height

set label 1 "Instructions of nginx for a request,\nover those with no header" \
    at screen 0.27,top textcolor "#111827"
set label 2 "CPU time of nginx for a request, as a ratio\nto the literal header, with quartiles" \
    at screen 0.64,top textcolor "#111827"
set label 3 on.". The token is in the cache. An arrow: the bar is longer than shown." \
    at screen 0.27,20.0/height textcolor "#6b7280" font ",11"

set lmargin at screen 0.27
set rmargin at screen 0.62
set xrange [0:over_most]
plot $rows using 4:1:(0):4:($1-half):($1+half):3:ytic(2) \
         with boxxyerror linecolor rgb variable, \
     $rows using 4:1:5 with labels left offset 0.6,0 textcolor "#111827"

unset label
unset ytics
set lmargin at screen 0.64
set rmargin at screen 0.99
set xrange [0:cpu_most]
set arrow from 1,-0.6 to 1,n - 0.4 nohead back dashtype 3 linecolor "#6b7280"
plot $rows using 6:1:(0):6:($1-half):($1+half):3 \
         with boxxyerror linecolor rgb variable, \
     $rows using (valid(9) ? $6 : NaN):1:8:9 \
         with xerrorbars pointtype 0 linecolor "#111827", \
     $rows using (valid(9) ? $9 : $6):1:7 with labels left offset 0.6,0 \
         textcolor "#111827"
unset multiplot
