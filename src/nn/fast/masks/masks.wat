;; The masks of dropout, four elements at a time. `npm run kernels` generates masks-module.ts from it.
(module
  (import "masks" "memory" (memory 1))

  ;; Element i of `count` (a multiple of 4), from address 0 on, is `kept` if the hash of (key, i + 1) is at
  ;; least `threshold`, otherwise 0. The hash, of 31 bits, is the finalizer of MurmurHash3 on key + (i + 1) * 0x9e3779b9.
  (func (export "fill") (param $count i32) (param $key i32) (param $threshold i32) (param $kept i32)
    (local $at i32) (local $end i32) (local $word v128) (local $h v128)
    (local.set $end (i32.shl (local.get $count) (i32.const 2)))
    (local.set $word
      (i32x4.add
        (i32x4.splat (local.get $key))
        (i32x4.mul (v128.const i32x4 1 2 3 4) (i32x4.splat (i32.const 0x9e3779b9)))))
    (local.set $threshold (i32.sub (local.get $threshold) (i32.const 1)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $h
          (i32x4.mul
            (v128.xor (local.get $word) (i32x4.shr_u (local.get $word) (i32.const 16)))
            (i32x4.splat (i32.const 0x85ebca6b))))
        (local.set $h
          (i32x4.mul
            (v128.xor (local.get $h) (i32x4.shr_u (local.get $h) (i32.const 13)))
            (i32x4.splat (i32.const 0xc2b2ae35))))
        (local.set $h
          (i32x4.shr_u
            (v128.xor (local.get $h) (i32x4.shr_u (local.get $h) (i32.const 16)))
            (i32.const 1)))
        ;; threshold - 1 - hash is negative if the hash is at least the threshold.
        (v128.store (local.get $at)
          (v128.and
            (i32x4.splat (local.get $kept))
            (i32x4.shr_s
              (i32x4.sub (i32x4.splat (local.get $threshold)) (local.get $h))
              (i32.const 31))))
        (local.set $word
          (i32x4.add
            (local.get $word)
            (i32x4.splat (i32.mul (i32.const 4) (i32.const 0x9e3779b9)))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))))
