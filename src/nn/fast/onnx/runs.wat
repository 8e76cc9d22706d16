;; Joins runs of numbers, four at a time. `npm run kernels` makes runs-module.ts of it.
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
        (br $run)))))
