import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { faultFrom } from '../contract/log-under-test.ts';
import { ensureStream } from './ensure-stream.ts';
import type { StreamSettings } from './nats-settings.ts';
import { hasServers, type Servers, type Shape, startServers } from './servers.fixture.ts';

(hasServers ? describe : describe.skip)('the stream (needs NATS and MongoDB)', () => {
  let servers: Servers;
  let shape: Shape;

  beforeAll(async () => {
    servers = await startServers();
  });

  beforeEach(async () => {
    shape = await servers.makeShape();
  });

  afterEach(() => shape.dispose());
  afterAll(() => servers.stop());

  const ensure = (different: Partial<StreamSettings> = {}, isArchiveEmpty = true) =>
    ensureStream({ nats: { ...shape.nats, ...different }, isArchiveEmpty, alarm: () => undefined });

  test('is made when that is wanted and it has never been there, and then left as it is', async () => {
    await shape.link.manager.streams.delete('WAYBILL');
    expect(await ensure()).toEqual({ isNew: true, sync: 'unknown' });
    expect(await ensure({ makeStream: false })).toMatchObject({ isNew: false });
  });

  test.each([
    ['it may not be made', false, true, 'deploy/nats/stream.json'],
    ['the archive holds events of it', true, false, 'waybill repair'],
  ])('that is not there is named with the fix when %s', async (_why, makeStream, isArchiveEmpty, fix) => {
    await shape.link.manager.streams.delete('WAYBILL');
    const fault = await faultFrom(ensure({ makeStream }, isArchiveEmpty));
    expect(fault.kind).toBe('not_found');
    expect(fault.message).toContain(fix);
  });

  test('that is not as money wants it is refused, and the setting named', async () => {
    await shape.link.manager.streams.delete('WAYBILL');
    await shape.link.manager.streams.add({ name: 'WAYBILL', subjects: ['waybill.events.>'] });
    const fault = await faultFrom(ensure());
    expect(fault).toMatchObject({ kind: 'invalid', details: { setting: 'discard', is: '"old"', should_be: '"new"' } });
    expect(fault.message).toMatch(/max_bytes.*deny_delete/);
  });

  test('cannot be looked at when no server answers', async () => {
    expect((await faultFrom(ensure({ urls: ['nats://127.0.0.1:1'] }))).kind).toBe('unavailable');
  });
});
