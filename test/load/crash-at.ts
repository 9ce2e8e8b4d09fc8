// Loaded into a gateway before anything else: kills it as a crash would, the moment it logs a step of a call's journey
// for the n-th time. Which one is in CRASH_AT_STEP and CRASH_AT_OCCURRENCE.
import fs from 'node:fs';

const { CRASH_AT_STEP: step = '', CRASH_AT_OCCURRENCE: occurrence = '1' } = process.env;
const line = `"step":"${step}"`;
const writeToFile = fs.write;
let left = Number(occurrence);

function write(file: number, content: string | NodeJS.ArrayBufferView, ...rest: unknown[]): void {
  const text = typeof content === 'string' ? content : Buffer.from(content.buffer).toString();
  left -= text.split(line).length - 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
  Reflect.apply(writeToFile, fs, [file, content, ...rest]);
}

if (step !== '') Object.assign(fs, { write });
