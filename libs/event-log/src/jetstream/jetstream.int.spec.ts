import { afterAll, beforeAll, describe } from '@jest/globals';
import { eventLogContract } from '../contract.ts';
import { hasServers, type Servers, startServers } from './servers.fixture.ts';

(hasServers ? describe : describe.skip)('on real servers (needs NATS and MongoDB)', () => {
  let servers: Servers;

  beforeAll(async () => {
    servers = await startServers();
  });

  afterAll(() => servers.stop());

  eventLogContract('JetStream with its archive in MongoDB', async () => {
    const shape = await servers.makeShape();
    await shape.startArchiver();
    let log = await shape.openLog();
    return {
      log,
      async reopen() {
        await log.close();
        log = await shape.openLog();
        return log;
      },
      dispose: shape.dispose,
    };
  });
});
