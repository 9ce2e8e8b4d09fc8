// Answers that come compressed though nobody asked for that: read as they are meant, within the bounds of the plain ones.
import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import type { AnswerBody } from './body.ts';
import { answerLimits } from './limits.ts';

/** What comes out at a time: a small piece can grow a thousandfold, and is not to do so at once. */
const chunkSize = 64 * 1024;

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip({ chunkSize }),
  'x-gzip': () => createGunzip({ chunkSize }),
  deflate: () => createInflate({ chunkSize }),
  br: () => createBrotliDecompress({ chunkSize }),
  zstd: () => createZstdDecompress({ chunkSize }),
};

/** The body in plain, by the `content-encoding` of its answer. One that nobody here can read breaks at the first read. */
export function inPlain(
  body: AnswerBody,
  encoding: string | undefined,
  mostBytes = answerLimits.streamBytes,
): AnswerBody {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return body;
  const open = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
  return open === undefined ? unreadable(body, name) : decompressed(body, open(), mostBytes);
}

function decompressed(body: AnswerBody, transform: Transform, mostBytes: number): AnswerBody {
  const source = Readable.from(piecesOf(body), { objectMode: true });
  source.on('error', (error) => transform.destroy(error));
  // Whoever reads is told by the read; nobody else is to be.
  transform.on('error', () => undefined);
  const pieces = source.pipe(transform)[Symbol.asyncIterator]();
  let bytes = 0;
  const close = () => {
    source.destroy();
    transform.destroy();
  };
  return {
    async next() {
      const { value, done } = await pieces.next();
      if (done) return undefined;
      bytes += value.length;
      if (bytes > mostBytes) throw broken('too_large', `an answer grew beyond ${mostBytes} bytes`);
      return value;
    },
    dismiss() {
      close();
      body.dismiss();
    },
    destroy() {
      close();
      body.destroy();
    },
  };
}

async function* piecesOf(body: AnswerBody): AsyncGenerator<Uint8Array> {
  for (let piece = await body.next(); piece; piece = await body.next()) yield piece;
}

function unreadable(body: AnswerBody, encoding: string): AnswerBody {
  const next = async () => {
    throw broken('unknown_encoding', `an answer is encoded as ${encoding.slice(0, 40)}`);
  };
  return { next, dismiss: body.dismiss, destroy: body.destroy };
}

function broken(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
