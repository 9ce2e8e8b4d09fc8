// One trace as text: each span below the one it goes on from, with the service that made it.
import type { ReceivedSpan } from './receiver.ts';

/** `shown` are the names of attributes to print. */
export function traceTree(spans: readonly ReceivedSpan[], shown: readonly string[] = []): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const begun = spans.toSorted((one, other) => Number(one.startNanos - other.startNanos));
  const lines: string[] = [];
  const print = (span: ReceivedSpan, before: string, isLast: boolean, isRoot: boolean) => {
    lines.push(`${isRoot ? '' : before + (isLast ? '└─ ' : '├─ ')}${lineOf(span, shown)}`);
    const below = begun.filter(({ parentSpanId }) => parentSpanId === span.spanId);
    const indent = isRoot ? '' : before + (isLast ? '   ' : '│  ');
    for (const child of below) print(child, indent, child === below.at(-1), false);
  };
  const roots = begun.filter(({ parentSpanId }) => !known.has(parentSpanId));
  for (const root of roots) print(root, '', true, true);
  return lines.join('\n');
}

function lineOf(span: ReceivedSpan, shown: readonly string[]): string {
  const { name, kind, attributes, durationMs, hasFailed, resource } = span;
  const service = attributes['waybill.service'] ?? resource['service.name'];
  const told = shown.filter((key) => attributes[key] !== undefined).map((key) => `${key}=${attributes[key]}`);
  const words = [`[${service}]`, name, kind.toUpperCase(), `${durationMs.toFixed(1)} ms`, hasFailed ? 'failed' : ''];
  return [...words, ...told].filter((word) => word !== '').join(' ');
}
