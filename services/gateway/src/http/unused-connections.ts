// Connections on which nothing was asked yet, as clients open them in advance. Node takes them for busy ones, so that a
// server that closes would wait for them.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Watches the server from now on; what it returns closes those that are open. */
export function watchUnusedConnections(server: Server): () => void {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return () => {
    for (const socket of unused) socket.destroy();
  };
}
