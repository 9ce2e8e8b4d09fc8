// Small files that only their owner may read.
import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, unlink } from 'node:fs/promises';
import { FaultError, fault } from '@waybill/kernel';

/**
 * The text of a file that somebody else has put there; its rights are theirs to set. Throws a FaultError `unavailable`
 * that names the file when it is missing, cannot be read, or is empty.
 */
export async function readPrivateFile(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new FaultError(fault('unavailable', `the file ${file} cannot be read (${codeOf(cause)})`, { cause }));
  });
  if (text.trim() === '') throw new FaultError(fault('unavailable', `the file ${file} is empty`));
  return text.trim();
}

/**
 * The text of the file; when there is none it is made of `make()` first, whole or not at all. Throws a FaultError
 * `unavailable` that names the file when it cannot be read or written, or is empty.
 */
export async function readOrMakePrivateFile(file: string, make: () => string): Promise<string> {
  try {
    const text = (await readIfThere(file)) ?? (await makeFile(file, make()));
    await chmod(file, 0o600);
    if (text.trim() !== '') return text.trim();
  } catch (cause) {
    throw new FaultError(fault('unavailable', `the file ${file} cannot be used (${codeOf(cause)})`, { cause }));
  }
  throw new FaultError(fault('unavailable', `the file ${file} is empty; delete it and start again`));
}

function codeOf(thrown: unknown): unknown {
  return (thrown as NodeJS.ErrnoException | undefined)?.code;
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Written under another name first, so that a crash leaves no half of it; who comes second reads the first one's. */
async function makeFile(file: string, text: string): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, file);
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
  } finally {
    await unlink(draft);
  }
  return readFile(file, 'utf8');
}
