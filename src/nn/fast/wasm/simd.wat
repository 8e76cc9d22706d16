;; Loops over the wasm backend's memory, four numbers at a time. `npm run kernels` generates simd-module.ts from it.
;; All lengths are in bytes. They are multiples of 16, except those of `transpose`.
(module
  (import "backend" "memory" (memory LIMITS))

  ;; One step of Adam: `next` from weights `p` and gradients `g`; the moments `m` and `v` in place.
  (func (export "adam")
    (param $length i32) (param $next i32) (param $p i32) (param $g i32) (param $m i32) (param $v i32)
    (param $rate f32) (param $epsilon f32) (param $decay f32)
    (param $keepFirst f32) (param $addFirst f32) (param $keepSecond f32) (param $addSecond f32)
    (local $at i32) (local $weight v128) (local $slope v128) (local $first v128) (local $second v128)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $weight (v128.load (i32.add (local.get $p) (local.get $at))))
        (local.set $slope
          (f32x4.add
            (v128.load (i32.add (local.get $g) (local.get $at)))
            (f32x4.mul (f32x4.splat (local.get $decay)) (local.get $weight))))
        (local.set $first
          (f32x4.add
            (f32x4.mul
              (f32x4.splat (local.get $keepFirst))
              (v128.load (i32.add (local.get $m) (local.get $at))))
            (f32x4.mul (f32x4.splat (local.get $addFirst)) (local.get $slope))))
        (local.set $second
          (f32x4.add
            (f32x4.mul
              (f32x4.splat (local.get $keepSecond))
              (v128.load (i32.add (local.get $v) (local.get $at))))
            (f32x4.mul
              (f32x4.splat (local.get $addSecond))
              (f32x4.mul (local.get $slope) (local.get $slope)))))
        (v128.store (i32.add (local.get $m) (local.get $at)) (local.get $first))
        (v128.store (i32.add (local.get $v) (local.get $at)) (local.get $second))
        (v128.store (i32.add (local.get $next) (local.get $at))
          (f32x4.sub
            (local.get $weight)
            (f32x4.div
              (f32x4.mul (f32x4.splat (local.get $rate)) (local.get $first))
              (f32x4.add (f32x4.sqrt (local.get $second)) (f32x4.splat (local.get $epsilon))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $again))))

  ;; `dy` where `y` is positive, else 0.
  (func (export "reluGradient") (param $length i32) (param $out i32) (param $dy i32) (param $y i32)
    (local $at i32)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (v128.store (i32.add (local.get $out) (local.get $at))
          (v128.and
            (v128.load (i32.add (local.get $dy) (local.get $at)))
            (f32x4.gt
              (v128.load (i32.add (local.get $y) (local.get $at)))
              (v128.const f32x4 0 0 0 0))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $again))))

  ;; Sums `rows` rows of `length` bytes at `x` into `out`.
  (func (export "sumRows") (param $length i32) (param $out i32) (param $x i32) (param $rows i32)
    (local $at i32) (local $row i32) (local $from i32) (local $sum v128)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $at) (local.get $length)))
        (local.set $sum (v128.const f32x4 0 0 0 0))
        (local.set $row (i32.const 0))
        (local.set $from (i32.add (local.get $x) (local.get $at)))
        (block $summed
          (loop $next
            (br_if $summed (i32.ge_u (local.get $row) (local.get $rows)))
            (local.set $sum (f32x4.add (local.get $sum) (v128.load (local.get $from))))
            (local.set $from (i32.add (local.get $from) (local.get $length)))
            (local.set $row (i32.add (local.get $row) (i32.const 1)))
            (br $next)))
        (v128.store (i32.add (local.get $out) (local.get $at)) (local.get $sum))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $again))))

  ;; The gradient of a 2 x 2 max-pool for one row of windows: `dy` has `count` of them with `channels` bytes
  ;; each, `x` and `out` two lines of `line` bytes. The first of equal values, row by row, gets the gradient.
  (func (export "poolGradient")
    (param $out i32) (param $dy i32) (param $x i32)
    (param $count i32) (param $channels i32) (param $line i32)
    (local $window i32) (local $channel i32) (local $at i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $error v128)
    (local $right v128) (local $rightBelow v128) (local $below v128)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $window) (local.get $count)))
        (local.set $channel (i32.const 0))
        (block $pooled
          (loop $next
            (br_if $pooled (i32.ge_u (local.get $channel) (local.get $channels)))
            (local.set $at
              (i32.add
                (i32.mul (i32.shl (local.get $window) (i32.const 1)) (local.get $channels))
                (local.get $channel)))
            (local.set $a (v128.load (i32.add (local.get $x) (local.get $at))))
            (local.set $b
              (v128.load (i32.add (local.get $x) (i32.add (local.get $at) (local.get $channels)))))
            (local.set $c
              (v128.load (i32.add (local.get $x) (i32.add (local.get $at) (local.get $line)))))
            (local.set $d
              (v128.load
                (i32.add
                  (local.get $x)
                  (i32.add (local.get $at) (i32.add (local.get $line) (local.get $channels))))))
            (local.set $error (v128.load (local.get $dy)))
            (local.set $right (f32x4.gt (local.get $b) (local.get $a)))
            (local.set $rightBelow (f32x4.gt (local.get $d) (local.get $c)))
            (local.set $below
              (f32x4.gt
                (v128.bitselect (local.get $d) (local.get $c) (local.get $rightBelow))
                (v128.bitselect (local.get $b) (local.get $a) (local.get $right))))
            (v128.store
              (i32.add (local.get $out) (local.get $at))
              (v128.andnot
                (v128.andnot (local.get $error) (local.get $below))
                (local.get $right)))
            (v128.store
              (i32.add (local.get $out) (i32.add (local.get $at) (local.get $channels)))
              (v128.and
                (v128.andnot (local.get $error) (local.get $below))
                (local.get $right)))
            (v128.store
              (i32.add (local.get $out) (i32.add (local.get $at) (local.get $line)))
              (v128.andnot
                (v128.and (local.get $error) (local.get $below))
                (local.get $rightBelow)))
            (v128.store
              (i32.add
                (local.get $out)
                (i32.add (local.get $at) (i32.add (local.get $line) (local.get $channels))))
              (v128.and
                (v128.and (local.get $error) (local.get $below))
                (local.get $rightBelow)))
            (local.set $dy (i32.add (local.get $dy) (i32.const 16)))
            (local.set $channel (i32.add (local.get $channel) (i32.const 16)))
            (br $next)))
        (local.set $window (i32.add (local.get $window) (i32.const 1)))
        (br $again))))

  ;; `out` is the transpose of `x`, which has `rows` rows of `columns` numbers that begin `line` bytes apart; those of
  ;; `out` begin `outLine` apart. Works in blocks of 4 x 4, and one by one on the rest.
  (func (export "transpose")
    (param $out i32) (param $x i32) (param $rows i32) (param $columns i32) (param $line i32) (param $outLine i32)
    (local $row i32) (local $column i32) (local $wholeRows i32) (local $wholeColumns i32)
    (local $from i32) (local $to i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $ab v128) (local $cd v128)
    (local.set $wholeRows (i32.and (local.get $rows) (i32.const -4)))
    (local.set $wholeColumns (i32.and (local.get $columns) (i32.const -4)))
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $row) (local.get $wholeRows)))
        (local.set $column (i32.const 0))
        (local.set $from (i32.add (local.get $x) (i32.mul (local.get $row) (local.get $line))))
        (local.set $to (i32.add (local.get $out) (i32.shl (local.get $row) (i32.const 2))))
        (block $across
          (loop $next
            (br_if $across (i32.ge_u (local.get $column) (local.get $wholeColumns)))
            (local.set $a (v128.load (local.get $from)))
            (local.set $b (v128.load (i32.add (local.get $from) (local.get $line))))
            (local.set $c
              (v128.load (i32.add (local.get $from) (i32.shl (local.get $line) (i32.const 1)))))
            (local.set $d
              (v128.load (i32.add (local.get $from) (i32.mul (local.get $line) (i32.const 3)))))
            (local.set $ab
              (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $a) (local.get $b)))
            (local.set $cd
              (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c) (local.get $d)))
            (v128.store
              (local.get $to)
              (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $ab) (local.get $cd)))
            (v128.store
              (i32.add (local.get $to) (local.get $outLine))
              (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $ab) (local.get $cd)))
            (local.set $ab
              (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $a) (local.get $b)))
            (local.set $cd
              (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c) (local.get $d)))
            (v128.store
              (i32.add (local.get $to) (i32.shl (local.get $outLine) (i32.const 1)))
              (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $ab) (local.get $cd)))
            (v128.store
              (i32.add (local.get $to) (i32.mul (local.get $outLine) (i32.const 3)))
              (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $ab) (local.get $cd)))
            (local.set $from (i32.add (local.get $from) (i32.const 16)))
            (local.set $to (i32.add (local.get $to) (i32.shl (local.get $outLine) (i32.const 2))))
            (local.set $column (i32.add (local.get $column) (i32.const 4)))
            (br $next)))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (br $again)))
    (call $transposeOneByOne
      (local.get $out) (local.get $x) (local.get $line) (local.get $outLine)
      (i32.const 0) (local.get $wholeRows) (local.get $wholeColumns) (local.get $columns))
    (call $transposeOneByOne
      (local.get $out) (local.get $x) (local.get $line) (local.get $outLine)
      (local.get $wholeRows) (local.get $rows) (i32.const 0) (local.get $columns)))

  (func $transposeOneByOne
    (param $out i32) (param $x i32) (param $line i32) (param $outLine i32)
    (param $row i32) (param $rowEnd i32) (param $columnBegin i32) (param $columnEnd i32)
    (local $column i32)
    (block $done
      (loop $again
        (br_if $done (i32.ge_u (local.get $row) (local.get $rowEnd)))
        (local.set $column (local.get $columnBegin))
        (block $across
          (loop $next
            (br_if $across (i32.ge_u (local.get $column) (local.get $columnEnd)))
            (f32.store
              (i32.add
                (local.get $out)
                (i32.add
                  (i32.mul (local.get $column) (local.get $outLine))
                  (i32.shl (local.get $row) (i32.const 2))))
              (f32.load
                (i32.add
                  (local.get $x)
                  (i32.add
                    (i32.mul (local.get $row) (local.get $line))
                    (i32.shl (local.get $column) (i32.const 2))))))
            (local.set $column (i32.add (local.get $column) (i32.const 1)))
            (br $next)))
        (local.set $row (i32.add (local.get $row) (i32.const 1)))
        (br $again)))))
