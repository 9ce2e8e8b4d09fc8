// Fields that were asked for and that Waybill does nothing with: said in a warning, never dropped silently.
import type { Warning } from '@waybill/contracts';

const longestName = 64;
const mostNamed = 16;

/** A warning for each field of the body that is set and not among the known ones. */
export function warnOfIgnored(body: object, known: ReadonlySet<string>): Warning[] {
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (known.has(name) || value === null || value === false || warnings.length === mostNamed) continue;
    warnings.push(unsupported(name.slice(0, longestName), 'is not supported and was ignored'));
  }
  return warnings;
}

export function unsupported(subject: string, message: string): Warning {
  return { code: 'unsupported', subject, message };
}

export function adjusted(subject: string, message: string): Warning {
  return { code: 'adjusted', subject, message };
}
