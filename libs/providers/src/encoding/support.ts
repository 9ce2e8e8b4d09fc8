// Decides what of a call goes on the wire, and says what does not.
import type { Warning } from '@waybill/contracts';
import type { Capability } from '../capability.ts';
import { warning } from '../reply/parts.ts';

/** Collects the warnings of one encoding. */
export interface Support {
  readonly warnings: readonly Warning[];
  /** Whether the wire can carry it; if not, the warning is noted. Ask only for what the call really uses. */
  can(capability: Capability): boolean;
  /** Whether the model refuses what the wire has; nothing is noted. */
  declines(capability: Capability): boolean;
  /** Notes that something does not go on the wire. */
  leftOut(subject: string, message: string): void;
  /** Notes that something goes on the wire changed. */
  adjusted(subject: string, message: string): void;
}

/** Support as a codec declares it, less what the model refuses. */
export function supportOf(declared: ReadonlySet<Capability>, refused: readonly Capability[] = []): Support {
  const bySubject = new Map<string, Warning>();
  const warnings: Warning[] = [];
  const note = (code: 'unsupported' | 'adjusted', subject: string, message: string) => {
    if (bySubject.has(subject)) return;
    const noted = warning(code, subject, message);
    bySubject.set(subject, noted);
    warnings.push(noted);
  };
  return {
    warnings,
    can(capability) {
      if (declared.has(capability) && !refused.includes(capability)) return true;
      const whose = declared.has(capability) ? 'this model' : 'this provider';
      note('unsupported', capability, `${whose} does not take ${capability}; it was left out`);
      return false;
    },
    declines: (capability) => refused.includes(capability),
    leftOut: (subject, message) => note('unsupported', subject, message),
    adjusted: (subject, message) => note('adjusted', subject, message),
  };
}

/** The value if the call has it and the wire can carry it. */
export function supported<Value>(
  support: Support,
  capability: Capability,
  value: Value | undefined,
): Value | undefined {
  return value !== undefined && support.can(capability) ? value : undefined;
}
