// One call through six processes as they are deployed, seen in a real Jaeger. Outside `npm test`, since Jaeger takes
// minutes to build:
//   node services/standalone/bin/run.mjs test/deploy/jaeger-check.ts
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceNames } from '@waybill/config';
import { jaeger, startJaeger } from '../infra/jaeger/jaeger.ts';
import { mongod, natsServer, provision } from '../infra/provision.ts';
import { type Deployed, startDeployed } from './deployment.ts';

/** The part of an answer of Jaeger's query API that is read here. */
interface TraceAnswer {
  readonly data: readonly {
    readonly spans: readonly Span[];
    readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
  }[];
}

interface Span {
  readonly spanID: string;
  readonly operationName: string;
  readonly processID: string;
  readonly startTime: number;
  readonly duration: number;
  readonly references: readonly { readonly refType: string; readonly spanID: string }[];
}

const withinMs = 30_000;

for (const tool of [natsServer, mongod, jaeger]) {
  const { succeeded, output } = provision(tool);
  if (!succeeded) throw new Error(`${output}\nthere is no ${tool.name}: ${tool.howToGet}`);
}
const server = await startJaeger();
const deployed = await startDeployed({ OTEL_EXPORTER_OTLP_ENDPOINT: server.otlpUrl });
try {
  const traceId = randomBytes(16).toString('hex');
  await call(deployed, traceId);
  const missing = await servicesMissing(traceId);
  if (missing.length > 0) throw new Error(`the trace has no span of ${missing.join(', ')}`);
  process.stdout.write('one trace with spans of all six services\n');
} finally {
  await deployed.stop();
  await server.stop();
}

async function call({ of, virtualKey }: Deployed, traceId: string): Promise<void> {
  const answer = await fetch(`${of('gateway').url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${virtualKey}`,
      traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
    },
    body: JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Why is the sky blue?' }] }),
  });
  if (!answer.ok) throw new Error(`the call was answered ${answer.status}: ${await answer.text()}`);
}

/** Asks until all are there, or for so long; prints the trace that there is then. */
async function servicesMissing(traceId: string): Promise<string[]> {
  const untilMs = Date.now() + withinMs;
  for (;;) {
    const answer = await fetch(`${server.queryUrl}/api/traces/${traceId}`);
    const [trace] = answer.ok ? ((await answer.json()) as TraceAnswer).data : [];
    const found = new Set(Object.values(trace?.processes ?? {}).map(({ serviceName }) => serviceName));
    const missing = serviceNames.filter((name) => !found.has(name));
    if (missing.length > 0 && Date.now() < untilMs) {
      await sleep(500);
      continue;
    }
    if (trace) for (const line of treeOf(trace)) process.stdout.write(`${line}\n`);
    return missing;
  }
}

function treeOf({ spans, processes }: TraceAnswer['data'][number]): string[] {
  const parentOf = (span: Span) => span.references.find(({ refType }) => refType === 'CHILD_OF')?.spanID;
  const known = new Set(spans.map(({ spanID }) => spanID));
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter((span) => (known.has(parentOf(span) ?? '') ? parentOf(span) : undefined) === parent)
      .sort((one, other) => one.startTime - other.startTime)
      .flatMap((span) => [
        `${'  '.repeat(depth)}${processes[span.processID]?.serviceName}: ${span.operationName} (${span.duration} us)`,
        ...below(span.spanID, depth + 1),
      ]);
  return below(undefined, 0);
}
