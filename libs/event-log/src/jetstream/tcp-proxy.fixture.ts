// A way to a server that can be made to fail: it may swallow the server's answers, or go quiet, or cut.
import { createConnection, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** On the connections that there are, what the server says does not arrive any more. */
  swallowAnswers(): void;
  /** On the connections that there are, nothing arrives on either side; they stay. */
  fallSilent(): void;
  /** Cuts the connections that there are. */
  cut(): void;
  /** Cuts the connections that there are, and takes no others until `accept`. */
  refuse(): void;
  accept(): void;
  close(): Promise<void>;
}

interface Connection {
  readonly sockets: readonly Socket[];
  passes: { readonly requests: boolean; readonly answers: boolean };
}

export async function startProxy(target: number): Promise<TcpProxy> {
  const connections = new Set<Connection>();
  let accepts = true;

  const server = createServer((client) => {
    if (!accepts) {
      client.destroy();
      return;
    }
    const upstream = createConnection({ port: target, host: '127.0.0.1' });
    const connection: Connection = { sockets: [client, upstream], passes: { requests: true, answers: true } };
    connections.add(connection);
    for (const socket of connection.sockets) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        connections.delete(connection);
        for (const other of connection.sockets) other.destroy();
      });
    }
    client.on('data', (bytes) => connection.passes.requests && upstream.write(bytes));
    upstream.on('data', (bytes) => connection.passes.answers && client.write(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  function cut(): void {
    for (const { sockets } of connections) for (const socket of sockets) socket.resetAndDestroy();
  }

  function allow(passes: Connection['passes']): void {
    for (const connection of connections) connection.passes = passes;
  }

  return {
    port: address.port,
    swallowAnswers: () => allow({ requests: true, answers: false }),
    fallSilent: () => allow({ requests: false, answers: false }),
    cut,
    refuse() {
      accepts = false;
      cut();
    },
    accept() {
      accepts = true;
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
