/** Why many instances of a stage run: the reasons without what differs per instance. */
import { withoutAxes } from '../../base/stage-name.ts';
import { describeReason, type Reason } from '../../runner/index.ts';

export function reasonsOfMany(reasons: readonly Reason[]): readonly string[] {
  return reasons.flatMap((reason) =>
    // The instance that it is compared with, and the parameter that differs, are those of this instance.
    reason.kind === 'new-instance'
      ? describeReason({ kind: 'first-run' })
      : describeReason(reason).map(withoutAxes),
  );
}
