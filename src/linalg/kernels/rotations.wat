;; Plane rotations of the rows of a stripe of eight columns. `npm run kernels` generates rotations-module.ts from it.
;; A row of the stripe is 64 bytes. Each multiplication and addition is rounded separately.
(module
  (import "rotations" "memory" (memory 1))

  ;; `count` rotations (c, s), one after the other: of rows `bottom` - 1 and `bottom`, then of the pair one
  ;; row higher, and so on. Upper row u and lower row v become c u - s v and s u + c v.
  (func (export "turnRows")
    (param $stripe i32) (param $bottom i32) (param $rotations i32) (param $count i32)
    (local $at i32) (local $end i32) (local $c v128) (local $s v128) (local $upper v128)
    (local $a v128) (local $b v128) (local $d v128) (local $e v128)
    (local.set $at (i32.add (local.get $stripe) (i32.shl (local.get $bottom) (i32.const 6))))
    (local.set $end (i32.sub (local.get $at) (i32.shl (local.get $count) (i32.const 6))))
    ;; The upper row of a rotation is the lower row of the next one, so it stays in registers.
    (local.set $a (v128.load (local.get $at)))
    (local.set $b (v128.load offset=16 (local.get $at)))
    (local.set $d (v128.load offset=32 (local.get $at)))
    (local.set $e (v128.load offset=48 (local.get $at)))
    (block $done
      (loop $next
        (br_if $done (i32.le_s (local.get $at) (local.get $end)))
        (local.set $c (v128.load64_splat (local.get $rotations)))
        (local.set $s (v128.load64_splat offset=8 (local.get $rotations)))
        (local.set $rotations (i32.add (local.get $rotations) (i32.const 16)))
        (local.set $upper (v128.load (i32.sub (local.get $at) (i32.const 64))))
        (v128.store (local.get $at)
          (f64x2.add
            (f64x2.mul (local.get $s) (local.get $upper))
            (f64x2.mul (local.get $c) (local.get $a))))
        (local.set $a
          (f64x2.sub
            (f64x2.mul (local.get $c) (local.get $upper))
            (f64x2.mul (local.get $s) (local.get $a))))
        (local.set $upper (v128.load (i32.sub (local.get $at) (i32.const 48))))
        (v128.store offset=16 (local.get $at)
          (f64x2.add
            (f64x2.mul (local.get $s) (local.get $upper))
            (f64x2.mul (local.get $c) (local.get $b))))
        (local.set $b
          (f64x2.sub
            (f64x2.mul (local.get $c) (local.get $upper))
            (f64x2.mul (local.get $s) (local.get $b))))
        (local.set $upper (v128.load (i32.sub (local.get $at) (i32.const 32))))
        (v128.store offset=32 (local.get $at)
          (f64x2.add
            (f64x2.mul (local.get $s) (local.get $upper))
            (f64x2.mul (local.get $c) (local.get $d))))
        (local.set $d
          (f64x2.sub
            (f64x2.mul (local.get $c) (local.get $upper))
            (f64x2.mul (local.get $s) (local.get $d))))
        (local.set $upper (v128.load (i32.sub (local.get $at) (i32.const 16))))
        (v128.store offset=48 (local.get $at)
          (f64x2.add
            (f64x2.mul (local.get $s) (local.get $upper))
            (f64x2.mul (local.get $c) (local.get $e))))
        (local.set $e
          (f64x2.sub
            (f64x2.mul (local.get $c) (local.get $upper))
            (f64x2.mul (local.get $s) (local.get $e))))
        (local.set $at (i32.sub (local.get $at) (i32.const 64)))
        (br $next)))
    (v128.store (local.get $at) (local.get $a))
    (v128.store offset=16 (local.get $at) (local.get $b))
    (v128.store offset=32 (local.get $at) (local.get $d))
    (v128.store offset=48 (local.get $at) (local.get $e))))
