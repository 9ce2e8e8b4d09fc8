// Fuzzed requests at a gateway of its own, over real sockets: it answers each, stays alive, and keeps nothing.
import { startWorld, type World } from '../e2e/world.ts';
import { eventually } from '../load/books/eventually.ts';
import { requestsOf } from './requests.ts';
import { closeConnections, type Gateway, sendRequest } from './send-request.ts';

export interface SurfaceFuzzOptions {
  readonly requests: number;
  readonly seed: number;
  readonly onProgress?: ((requests: number) => void) | undefined;
}

export interface SurfaceFuzzReport {
  readonly requests: number;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly requestsPerSecond: number;
  readonly heapGrowthBytes: number;
  readonly problems: readonly string[];
}

const atOnce = 24;
const mostProblems = 50;
/** What a busy gateway holds more at one moment than at another, before what it has let go is collected. */
const mostGrowthBytes = 128 * 1024 * 1024;
const restsWithinMs = 60_000;

export async function fuzzSurface({ requests, seed, onProgress }: SurfaceFuzzOptions): Promise<SurfaceFuzzReport> {
  const world = await startWorld({ simulator: { seed } });
  try {
    const { hostname: host, port } = new URL(world.url);
    const run = runOf({ host, port: Number(port) }, requestsOf(seed, world.key));
    const warm = Math.ceil(requests / 10);
    const since = performance.now();
    await run.send(0, warm);
    const before = await heapBytes(world);
    for (let from = warm; from < requests && run.problems.length < mostProblems; from += warm) {
      await run.send(from, Math.min(warm, requests - from));
      onProgress?.(from + warm);
    }
    const requestsPerSecond = Math.round((requests * 1_000) / (performance.now() - since));
    const { growth, tooMuch } = await growthSince(world, before);
    const problems = [...run.problems, ...tooMuch, ...(await isAlive(world))];
    const byStatus = Object.fromEntries([...run.byStatus].sort(([one], [other]) => one - other));
    return { requests, byStatus, requestsPerSecond, heapGrowthBytes: growth, problems };
  } finally {
    closeConnections();
    await world.stop();
  }
}

function runOf(gateway: Gateway, draw: ReturnType<typeof requestsOf>) {
  const problems: string[] = [];
  const byStatus = new Map<number, number>();
  const one = async (number: number) => {
    const request = draw(number);
    const answered = await sendRequest(gateway, request);
    byStatus.set(answered.status, (byStatus.get(answered.status) ?? 0) + 1);
    const sent = request.raw ?? request.body;
    const shown = `${request.method} ${request.path} ${JSON.stringify(request.headers)} ${sent.toString('base64')}`;
    for (const problem of answered.problems) problems.push(`request ${number}: ${problem}: ${shown.slice(0, 4_000)}`);
  };
  return {
    problems,
    byStatus,
    async send(from: number, count: number) {
      let next = from;
      const sender = async () => {
        while (next < from + count && problems.length < mostProblems) {
          const number = next;
          next += 1;
          await one(number);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, sender));
    },
  };
}

async function growthSince(world: World, before: number): Promise<{ growth: number; tooMuch: string[] }> {
  let growth = 0;
  const tooMuch = await eventually(async () => {
    growth = (await heapBytes(world)) - before;
    return growth <= mostGrowthBytes ? [] : [`the gateway's heap grew by ${growth} bytes`];
  }, restsWithinMs);
  return { growth, tooMuch };
}

async function heapBytes({ url }: World): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1] ?? 0);
}

/** After all that a question is answered as ever. */
async function isAlive({ url, key }: World): Promise<string[]> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Are you there?' }] }),
  });
  const text = await answer.text();
  return answer.status === 200 ? [] : [`a good question got ${answer.status}: ${text.slice(0, 300)}`];
}
