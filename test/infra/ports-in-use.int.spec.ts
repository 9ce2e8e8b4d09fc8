import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts } from './free-ports.ts';
import { portsInUse } from './ports-in-use.ts';

test('the port that somebody listens on is named, and the free one is left free', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const [free = 0] = await freePorts(1);
  expect(await portsInUse([free, port])).toEqual([port]);
  expect(await portsInUse([free])).toEqual([]);
  server.close();
});
