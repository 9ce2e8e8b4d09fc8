// A way to the server that is cut after the server has done what it was asked, before its answer arrives.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** Connection string of the server by way of the proxy. */
  readonly uri: string;
  /** Cuts so many times, each time a request with that text in it is answered. */
  cutAnswersTo(text: string, times: number): void;
  close(): void;
}

export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let text = '';
  let left = 0;
  const proxy = createServer((client) => {
    const server = connect({ port, host: '127.0.0.1' });
    let isAsked = false;
    const end = () => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      sockets.add(socket.on('error', end).on('close', end));
    }
    client.on('data', (bytes) => {
      isAsked = left > 0 && bytes.includes(text);
      server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (isAsked && left > 0) {
        left -= 1;
        return end();
      }
      client.write(bytes);
    });
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const { port: own } = proxy.address() as AddressInfo;
  return {
    uri: `mongodb://127.0.0.1:${own}/?directConnection=true`,
    cutAnswersTo(wanted, times) {
      [text, left] = [wanted, times];
    },
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
