// Has a gateway's process let go of what nobody holds, so that what its heap holds after that is no accident.
import { once } from 'node:events';
import type { StandaloneWorld } from '../e2e/world.ts';

/** For the environment of the gateway: without it nothing is collected on command. */
export const collectable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/** Collects twice: what the first one finalizes the second one frees. */
export async function collectGarbage({ log }: Pick<StandaloneWorld, 'log'>): Promise<void> {
  const address = /^Debugger listening on (ws:\S+)$/m.exec(log)?.[1];
  if (address === undefined) throw new Error('the gateway was not started as one that can be told to collect');
  const socket = new WebSocket(address);
  await once(socket, 'open');
  for (const id of [1, 2]) {
    const answered = once(socket, 'message');
    socket.send(JSON.stringify({ id, method: 'HeapProfiler.collectGarbage' }));
    await answered;
  }
  socket.close();
}
