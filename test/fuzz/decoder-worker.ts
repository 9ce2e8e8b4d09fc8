// A thread that reads inputs one after the other, so that one that never ends is seen from outside.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { isPolluted } from './checks.ts';
import { inputsOf } from './draw-input.ts';
import { type Input, readInput } from './read-input.ts';

export interface DecoderWork {
  readonly seed: number;
  readonly inputs: number;
  /** The number of the input that is being read. */
  readonly at: Int32Array;
}

/** What came of a thread's inputs. */
export interface DecoderFigures {
  readonly answers: number;
  readonly slowestMs: number;
  /** After a tenth of the inputs, and at the end. */
  readonly heapBytes: readonly [number, number];
  readonly found: readonly { readonly number: number; readonly input: Input; readonly problems: readonly string[] }[];
}

const mostFound = 50;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

function readAll({ seed, inputs, at }: DecoderWork): DecoderFigures {
  const { draw, recorded } = inputsOf(seed);
  const found: DecoderFigures['found'][number][] = [];
  let answers = 0;
  let slowestMs = 0;
  let first = 0;
  const take = (number: number, input: Input) => {
    const since = performance.now();
    const { end, problems } = readInput(input);
    slowestMs = Math.max(slowestMs, performance.now() - since);
    if (end === 'answer') answers += 1;
    const all = isPolluted() ? [...problems, 'a member on what every object has'] : problems;
    if (all.length > 0) found.push({ number, input, problems: all });
  };
  for (const [index, input] of recorded.entries()) take(-1 - index, input);
  for (let number = 0; number < inputs && found.length < mostFound; number += 1) {
    at[0] = number;
    take(number, draw(number));
    if (number === Math.floor(inputs / 10)) first = heapBytes();
  }
  return { answers, slowestMs, heapBytes: [first, heapBytes()], found };
}

parentPort?.postMessage(readAll(workerData as DecoderWork));
