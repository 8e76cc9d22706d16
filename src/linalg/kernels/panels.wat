;; Products of float64 panels, two numbers at a time. `npm run kernels` generates panels-module.ts from it.
;; Every sum is computed in order, and each multiplication and addition is rounded separately. So the result has the
;; bits of the plain loop on every processor.
(module
  (import "panels" "memory" (memory 1))

  ;; out[i, j] = x_i . y_j for `rows` vectors x and `columns` vectors y of `depth` entries (multiples of 4
  ;; except the depth), interleaved four by four: entry p of vector i is at (i - i % 4) depth + 4 p + i % 4.
  ;; `out` is row-major, a row has `columns` numbers. Tiles (4 x 4) with j > i + diagonal are skipped.
  (func (export "multiplyPanels")
    (param $x i32) (param $y i32) (param $out i32)
    (param $rows i32) (param $columns i32) (param $depth i32) (param $diagonal i32)
    (local $i i32) (local $j i32) (local $panel i32) (local $line i32)
    (local $xAt i32) (local $yFrom i32) (local $yAt i32) (local $yEnd i32) (local $to i32)
    (local $left v128) (local $near v128) (local $far v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $panel (i32.shl (local.get $depth) (i32.const 5)))
    (local.set $line (i32.shl (local.get $columns) (i32.const 3)))
    (local.set $yFrom (local.get $y))
    (block $allColumns
      (loop $nextColumns
        (br_if $allColumns (i32.ge_s (local.get $j) (local.get $columns)))
        (local.set $i (i32.sub (local.get $j) (local.get $diagonal)))
        (if (i32.lt_s (local.get $i) (i32.const 0)) (then (local.set $i (i32.const 0))))
        (local.set $yEnd (i32.add (local.get $yFrom) (local.get $panel)))
        ;; A panel of four vectors has `depth` entries of 32 bytes, so vector i's begins at i depth 8.
        (local.set $xAt
          (i32.add
            (local.get $x)
            (i32.mul (local.get $i) (i32.shl (local.get $depth) (i32.const 3)))))
        (local.set $to
          (i32.add
            (i32.add (local.get $out) (i32.shl (local.get $j) (i32.const 3)))
            (i32.mul (local.get $i) (local.get $line))))
        (block $allRows
          (loop $nextRows
            (br_if $allRows (i32.ge_s (local.get $i) (local.get $rows)))
            (local.set $a (v128.const f64x2 0 0))
            (local.set $b (v128.const f64x2 0 0))
            (local.set $c (v128.const f64x2 0 0))
            (local.set $d (v128.const f64x2 0 0))
            (local.set $e (v128.const f64x2 0 0))
            (local.set $f (v128.const f64x2 0 0))
            (local.set $g (v128.const f64x2 0 0))
            (local.set $h (v128.const f64x2 0 0))
            (local.set $yAt (local.get $yFrom))
            (loop $deeper
              (local.set $near (v128.load (local.get $yAt)))
              (local.set $far (v128.load offset=16 (local.get $yAt)))
              (local.set $left (v128.load64_splat (local.get $xAt)))
              (local.set $a (f64x2.add (local.get $a) (f64x2.mul (local.get $left) (local.get $near))))
              (local.set $b (f64x2.add (local.get $b) (f64x2.mul (local.get $left) (local.get $far))))
              (local.set $left (v128.load64_splat offset=8 (local.get $xAt)))
              (local.set $c (f64x2.add (local.get $c) (f64x2.mul (local.get $left) (local.get $near))))
              (local.set $d (f64x2.add (local.get $d) (f64x2.mul (local.get $left) (local.get $far))))
              (local.set $left (v128.load64_splat offset=16 (local.get $xAt)))
              (local.set $e (f64x2.add (local.get $e) (f64x2.mul (local.get $left) (local.get $near))))
              (local.set $f (f64x2.add (local.get $f) (f64x2.mul (local.get $left) (local.get $far))))
              (local.set $left (v128.load64_splat offset=24 (local.get $xAt)))
              (local.set $g (f64x2.add (local.get $g) (f64x2.mul (local.get $left) (local.get $near))))
              (local.set $h (f64x2.add (local.get $h) (f64x2.mul (local.get $left) (local.get $far))))
              (local.set $xAt (i32.add (local.get $xAt) (i32.const 32)))
              (local.set $yAt (i32.add (local.get $yAt) (i32.const 32)))
              (br_if $deeper (i32.lt_u (local.get $yAt) (local.get $yEnd))))
            (v128.store (local.get $to) (local.get $a))
            (v128.store offset=16 (local.get $to) (local.get $b))
            (local.set $to (i32.add (local.get $to) (local.get $line)))
            (v128.store (local.get $to) (local.get $c))
            (v128.store offset=16 (local.get $to) (local.get $d))
            (local.set $to (i32.add (local.get $to) (local.get $line)))
            (v128.store (local.get $to) (local.get $e))
            (v128.store offset=16 (local.get $to) (local.get $f))
            (local.set $to (i32.add (local.get $to) (local.get $line)))
            (v128.store (local.get $to) (local.get $g))
            (v128.store offset=16 (local.get $to) (local.get $h))
            (local.set $to (i32.add (local.get $to) (local.get $line)))
            (local.set $i (i32.add (local.get $i) (i32.const 4)))
            (br $nextRows)))
        (local.set $yFrom (local.get $yEnd))
        (local.set $j (i32.add (local.get $j) (i32.const 4)))
        (br $nextColumns)))))
