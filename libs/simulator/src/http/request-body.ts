import type { IncomingMessage } from 'node:http';

export type Body = { readonly text: string } | { readonly failed: 'too-large' };

/** Reads a body, and calls back once; never if the client leaves before its end. */
export function readBody(request: IncomingMessage, limitBytes: number, done: (body: Body) => void): void {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= limitBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    if (sizeBytes > limitBytes) done({ failed: 'too-large' });
    else done({ text: chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString() });
  });
  request.on('error', () => undefined);
}
