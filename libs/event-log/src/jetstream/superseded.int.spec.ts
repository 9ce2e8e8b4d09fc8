// A producer that is opened elsewhere while its own process is cut off, and whose last events the stream has lost.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { draft } from '../contract/drafts.ts';
import { faultFrom, readAll, storedIds } from '../contract/log-under-test.ts';
import { hasServers, type Servers, startServers } from './servers.fixture.ts';
import { startProxy } from './tcp-proxy.fixture.ts';

(hasServers ? describe : describe.skip)(
  'an epoch that ends while its process is cut off (needs NATS and MongoDB)',
  () => {
    let servers: Servers;

    beforeAll(async () => {
      servers = await startServers();
    });

    afterAll(() => servers.stop());

    test('has what the stream lost handed in under a producer of its own, and takes nothing more', async () => {
      const shape = await servers.makeShape();
      const proxy = await startProxy(servers.nats().port);
      const urls = [`nats://127.0.0.1:${proxy.port}`];
      const cutOff = await shape.openLog({ nats: { ...shape.nats, urls } });
      const old = await cutOff.openProducer('gateway/0');
      await old.append([draft('kept')], { fresh: true });
      await servers.keepNats();
      await old.append([draft('lost-1'), draft('lost-2')], { fresh: true });
      await old.append([draft('lost-3')], { fresh: true });
      proxy.refuse();
      await servers.restoreNats();
      const log = await shape.openLog();
      const current = await log.openProducer('gateway/0');
      expect(current.epoch).toBe(2n);
      await current.append([draft('new')], { fresh: true });
      await shape.startArchiver();
      proxy.accept();
      const fault = await faultFrom(old.append([draft('late')], { fresh: true }));
      expect(fault.details.reason).toBe('epoch_superseded');
      const details = await shape.alarmed('events_of_superseded_epoch_lost');
      expect(details).toMatchObject({ producerId: 'gateway/0', epoch: 1n, events: 3 });
      while ((await storedIds(log)).length < 5) await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await storedIds(log)).sort()).toEqual(['kept', 'lost-1', 'lost-2', 'lost-3', 'new']);
      const handedIn = (await readAll(log)).filter(({ envelope }) => envelope.eventId.startsWith('lost-'));
      for (const { envelope } of handedIn) expect(envelope.producer?.producerId).toMatch(/^gateway\/0\/lost\/1\//);
      await shape.dispose();
      await proxy.close();
    });
  },
);
