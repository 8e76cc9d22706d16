;; Runs of numbers, all of the same length: joined, filled and added up, four numbers at a time. `npm run kernels` makes
;; runs-module.ts of it.
(module
  (import "runs" "memory" (memory 1))

  ;; Copies `count` runs of `length` bytes to `out`, one after the other. Their addresses are the words at `starts`.
  ;; Reads and writes up to 12 bytes behind a run.
  (func (export "join")
    (param $out i32) (param $starts i32) (param $count i32) (param $length i32)
    (local $last i32) (local $from i32) (local $to i32)
    (local.set $last (i32.add (local.get $starts) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $run
        (br_if $done (i32.ge_u (local.get $starts) (local.get $last)))
        (local.set $from (i32.load (local.get $starts)))
        (local.set $to (local.get $out))
        (local.set $out (i32.add (local.get $out) (local.get $length)))
        (loop $four
          (v128.store (local.get $to) (v128.load (local.get $from)))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $four (i32.lt_u (local.get $to) (local.get $out))))
        (local.set $starts (i32.add (local.get $starts) (i32.const 4)))
        (br $run))))

  ;; Fills `count` runs of `length` bytes from `out` on, each with one of the numbers from `from` on. Writes up to 12 bytes
  ;; behind the last run.
  (func (export "fill")
    (param $out i32) (param $from i32) (param $count i32) (param $length i32)
    (local $last i32) (local $to i32) (local $value v128)
    (local.set $last (i32.add (local.get $from) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $run
        (br_if $done (i32.ge_u (local.get $from) (local.get $last)))
        (local.set $value (v128.load32_splat (local.get $from)))
        (local.set $to (local.get $out))
        (local.set $out (i32.add (local.get $out) (local.get $length)))
        (loop $four
          (v128.store (local.get $to) (local.get $value))
          (local.set $to (i32.add (local.get $to) (i32.const 16)))
          (br_if $four (i32.lt_u (local.get $to) (local.get $out))))
        (local.set $from (i32.add (local.get $from) (i32.const 4)))
        (br $run))))

  ;; The sum of each of `count` runs of `length` bytes from `from` on.
  (func (export "sum")
    (param $out i32) (param $from i32) (param $count i32) (param $length i32)
    (local $last i32) (local $end i32) (local $whole i32) (local $four v128) (local $one f32)
    (local.set $last (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $run
        (br_if $done (i32.ge_u (local.get $out) (local.get $last)))
        (local.set $end (i32.add (local.get $from) (local.get $length)))
        (local.set $whole
          (i32.add (local.get $from) (i32.and (local.get $length) (i32.const -16))))
        (local.set $four (v128.const f32x4 0 0 0 0))
        (block $rest
          (loop $next
            (br_if $rest (i32.ge_u (local.get $from) (local.get $whole)))
            (local.set $four (f32x4.add (local.get $four) (v128.load (local.get $from))))
            (local.set $from (i32.add (local.get $from) (i32.const 16)))
            (br $next)))
        (local.set $one
          (f32.add
            (f32.add (f32x4.extract_lane 0 (local.get $four)) (f32x4.extract_lane 1 (local.get $four)))
            (f32.add (f32x4.extract_lane 2 (local.get $four)) (f32x4.extract_lane 3 (local.get $four)))))
        (block $summed
          (loop $next
            (br_if $summed (i32.ge_u (local.get $from) (local.get $end)))
            (local.set $one (f32.add (local.get $one) (f32.load (local.get $from))))
            (local.set $from (i32.add (local.get $from) (i32.const 4)))
            (br $next)))
        (f32.store (local.get $out) (local.get $one))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (br $run)))))
