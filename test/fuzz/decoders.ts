// Fuzzed answers of providers through the framing and every codec: no crash, no hang, no endless memory.
import { Worker } from 'node:worker_threads';
import type { DecoderFigures, DecoderWork } from './decoder-worker.ts';

export interface DecoderFuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  readonly onProgress?: ((inputs: number) => void) | undefined;
}

export interface DecoderFuzzReport {
  readonly inputs: number;
  readonly answers: number;
  readonly inputsPerSecond: number;
  readonly slowestMs: number;
  readonly heapGrowthBytes: number;
  readonly problems: readonly string[];
}

/** An input counts as hanging when it takes this long; a busy machine has room. */
const hangsAfterMs = 20_000;
const heapLimitMb = 384;
const mostGrowthBytes = 24 * 1024 * 1024;

export async function fuzzDecoders({ inputs, seed, onProgress }: DecoderFuzzOptions): Promise<DecoderFuzzReport> {
  const since = performance.now();
  const at = new Int32Array(new SharedArrayBuffer(4));
  const figures = await inThread({ seed, inputs, at }, onProgress);
  const { answers, slowestMs, heapBytes, found } = figures;
  const growth = heapBytes[1] - heapBytes[0];
  const problems = [
    ...found.map(({ number, input, problems: broken }) => {
      const where = `input ${number} (${input.kind} ${input.wire ?? ''} ${input.form})`;
      return `${where}: ${broken.join('; ')}: ${Buffer.from(input.bytes).toString('base64').slice(0, 4_000)}`;
    }),
    ...(growth > mostGrowthBytes ? [`the heap grew by ${growth} bytes`] : []),
  ];
  const inputsPerSecond = Math.round((inputs * 1_000) / (performance.now() - since));
  return { inputs, answers, inputsPerSecond, slowestMs: Math.round(slowestMs), heapGrowthBytes: growth, problems };
}

/** Rejects when an input hangs, when the memory is used up, or when the thread dies of anything else. */
function inThread(work: DecoderWork, onProgress: DecoderFuzzOptions['onProgress']): Promise<DecoderFigures> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./decoder-worker.ts', import.meta.url), {
      workerData: work,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: heapLimitMb },
    });
    let last = -1;
    const watch = setInterval(() => {
      const number = work.at[0]!;
      if (number === last) {
        void worker.terminate();
        reject(new Error(`input ${number} of seed ${work.seed} hangs`));
      }
      last = number;
      onProgress?.(number);
    }, hangsAfterMs);
    const over = (settle: () => void) => {
      clearInterval(watch);
      settle();
    };
    worker.once('message', (figures: DecoderFigures) => over(() => resolve(figures)));
    worker.once('error', (error) =>
      over(() => reject(new Error(`input ${work.at[0]} of seed ${work.seed}: ${error}`))),
    );
    worker.once('exit', () => over(() => reject(new Error(`the thread ended at input ${work.at[0]}`))));
  });
}
