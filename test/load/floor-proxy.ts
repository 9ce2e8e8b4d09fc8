// The least a Node proxy can do: JSON in and out over node:http, and a pool to the upstream. The floor that the
// benchmark measures against. Prints its address; ends on SIGTERM. `floor-proxy.ts <upstream base URL>`.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const upstream = new URL(process.argv[2] ?? '');
const pool = new Pool(upstream.origin, { connections: 256 });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', async () => {
    const call = JSON.parse(Buffer.concat(chunks).toString()) as { stream?: boolean };
    const answer = await pool.request({
      method: 'POST',
      path: `${upstream.pathname}/chat/completions`,
      headers: { 'content-type': 'application/json', authorization: 'Bearer floor' },
      body: JSON.stringify(call),
    });
    if (call.stream) {
      response.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' });
      answer.body.pipe(response);
      return;
    }
    const text = JSON.stringify(await answer.body.json());
    response.writeHead(answer.statusCode, { 'content-type': 'application/json' });
    response.end(text);
  });
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
