// Load from this process: calls one after another, or many at a time for a while.
import { build, type Histogram } from 'hdr-histogram-js';
import { Pool } from 'undici';

export interface LoadTarget {
  readonly name: string;
  /** Chat completions endpoint in OpenAI's dialect. */
  readonly url: string;
  readonly key?: string;
}

export interface LoadResult {
  readonly callsPerSecond: number;
  /** Microseconds until the whole answer, or the first chunk of a stream. */
  readonly latency: Histogram;
  readonly failures: number;
}

export interface LoadOptions {
  readonly target: LoadTarget;
  readonly model: string;
  readonly stream: boolean;
  readonly connections: number;
  /** Stops after this many calls, or this long, whichever is first. */
  readonly calls: number;
  readonly forMs: number;
  /** Measure until the first chunk of a stream instead of its end; the stream is read to its end all the same. */
  readonly untilFirstChunk?: true;
}

const prompt = 'Explain in a few sentences why the sky is blue and sunsets are red. '.repeat(8);

/** Runs the load; every answer that is not a complete success counts as a failure. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { target, connections, calls, forMs } = options;
  const url = new URL(target.url);
  const pool = new Pool(url.origin, { connections, pipelining: 1 });
  const latency = newHistogram();
  let started = 0;
  let done = 0;
  let failures = 0;
  const begun = performance.now();
  const worker = async () => {
    while (started < calls && performance.now() - begun < forMs) {
      started += 1;
      const at = performance.now();
      const outcome = await makeCall(pool, url.pathname, options);
      latency.recordValue(Math.max(1, Math.round(((outcome.measuredAtMs ?? performance.now()) - at) * 1000)));
      if (!outcome.complete) failures += 1;
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - begun) / 1000;
  await pool.close();
  return { callsPerSecond: done / seconds, latency, failures };
}

export function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: 3 });
}

interface CallOutcome {
  readonly complete: boolean;
  readonly measuredAtMs?: number;
}

async function makeCall(
  pool: Pool,
  path: string,
  { target, model, stream, untilFirstChunk }: LoadOptions,
): Promise<CallOutcome> {
  const answer = await pool.request({
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key ?? 'bench-key'}` },
    body: JSON.stringify({ model, stream, max_tokens: 200, messages: [{ role: 'user', content: prompt }] }),
  });
  let first: number | undefined;
  let last = '';
  for await (const chunk of answer.body) {
    first ??= performance.now();
    last = (last + chunk).slice(-200);
  }
  const ended = stream ? last.includes('data: [DONE]') : last.trimEnd().endsWith('}');
  const complete = answer.statusCode === 200 && ended;
  return untilFirstChunk && first !== undefined ? { complete, measuredAtMs: first } : { complete };
}
