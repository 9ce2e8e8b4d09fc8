// deploy/nats on a real server: each service can do what it must, and no more.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { serviceNames } from '@waybill/config';
import { hasNats } from '../infra/nats.ts';
import { type DeployedNats, startDeployedNats, streamFile } from './nats-server.ts';

const stream = 'WAYBILL';
const refused = /permissions violation/i;
const requestTimeoutMs = 2_000;

(hasNats ? describe : describe.skip)('the accounts of NATS', () => {
  let server: DeployedNats;

  const as = async (name: string) => {
    const connection = await server.connectAs(name);
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: requestTimeoutMs });
    return { connection, manager, publisher: jetstream(connection, { timeout: requestTimeoutMs }) };
  };
  const asOperator = () => as('operator');
  const publishAs = async (name: string, subject: string) => (await as(name)).publisher.publish(subject, 'batch');

  beforeAll(async () => {
    server = await startDeployedNats([...serviceNames, 'operator', 'nats-admin', 'stranger']);
    const { manager } = await asOperator();
    await manager.streams.add({ ...streamFile, num_replicas: 1, duplicate_window: 0 });
  });

  afterAll(() => server?.stop());

  describe.each(serviceNames)('%s', (service) => {
    const other = serviceNames.find((name) => name !== service)!;

    test('publishes events of its own domain, and sees where the stream ends', async () => {
      const { publisher, manager } = await as(service);
      const { seq } = await publisher.publish(`waybill.events.0.${service}.${service}=2f0`, 'batch');
      expect((await manager.streams.info(stream)).state.last_seq).toBe(seq);
      const last = await manager.streams.getMessage(stream, { last_by_subj: `waybill.events.*.${service}.>` });
      expect(last?.string()).toBe('batch');
    });

    test('hears that the archive has moved', async () => {
      const { connection } = await as(service);
      const heard = Promise.withResolvers<string>();
      connection.subscribe('waybill.archive.moved', { callback: (_, message) => heard.resolve(message.string()) });
      await connection.flush();
      (await as('cost')).connection.publish('waybill.archive.moved', '7');
      expect(await heard.promise).toBe('7');
    });

    test('publishes no events of another domain', async () => {
      await expect(publishAs(service, `waybill.events.0.${other}.${other}`)).rejects.toThrow(refused);
      await expect(publishAs(service, `waybill.events.0.${service}x.${service}`)).rejects.toThrow(refused);
    });

    test('deletes no message, and neither changes nor removes the stream', async () => {
      const { manager } = await as(service);
      await expect(manager.streams.deleteMessage(stream, 1)).rejects.toThrow(refused);
      await expect(manager.streams.update(stream, { max_msgs: 1 })).rejects.toThrow(refused);
      await expect(manager.streams.delete(stream)).rejects.toThrow(refused);
    });

    test('listens to no events as they are published', async () => {
      const { connection } = await as(service);
      const answer = Promise.withResolvers<Error | null>();
      connection.subscribe('waybill.events.>', { callback: (error) => answer.resolve(error) });
      expect((await answer.promise)?.message).toMatch(refused);
    });
  });

  test.each(serviceNames.filter((name) => name !== 'cost'))(
    '%s purges nothing and reads no stream',
    async (service) => {
      const { manager } = await as(service);
      await expect(manager.streams.purge(stream, { seq: 2 })).rejects.toThrow(refused);
      await expect(manager.consumers.add(stream, { ack_policy: AckPolicy.None })).rejects.toThrow(refused);
      await expect(publishAs(service, 'waybill.archive.moved')).rejects.toThrow(refused);
    },
  );

  test('cost follows the stream from where the archive ends, and trims it', async () => {
    const first = await publishAs('gateway', 'waybill.events.0.gateway.gateway=2f1');
    await publishAs('gateway', 'waybill.events.0.gateway.gateway=2f1');
    const { manager, publisher } = await as('cost');
    const { name } = await manager.consumers.add(stream, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: first.seq,
      mem_storage: true,
      num_replicas: 1,
    });
    const messages = await (await publisher.consumers.get(stream, name)).fetch({ max_messages: 2, expires: 2_000 });
    const sequences: number[] = [];
    for await (const { seq } of messages) sequences.push(seq);
    expect(sequences).toEqual([first.seq, first.seq + 1]);
    await manager.consumers.delete(stream, name);

    await manager.streams.purge(stream, { seq: first.seq });
    expect((await manager.streams.info(stream)).state.first_seq).toBe(first.seq);
  });

  test('the operator changes the stream, and can neither purge, publish, delete a message nor remove the stream', async () => {
    const { manager, publisher } = await asOperator();
    expect((await manager.streams.update(stream, { max_bytes: 2 ** 27 })).config.max_bytes).toBe(2 ** 27);
    await expect(manager.streams.purge(stream)).rejects.toThrow(refused);
    await expect(manager.streams.delete(stream)).rejects.toThrow(refused);
    await expect(manager.streams.deleteMessage(stream, 1)).rejects.toThrow(refused);
    await expect(publisher.publish('waybill.events.0.gateway.x', 'batch')).rejects.toThrow(refused);
  });

  test('the administrator of NATS sees that each write is synced, and no events', async () => {
    const { connection, manager } = await as('nats-admin');
    const state = await connection.request('$SYS.REQ.SERVER.PING.JSZ', '', { timeout: requestTimeoutMs });
    expect(state.json<{ data: { config: unknown } }>().data.config).toMatchObject({ sync_always: true });
    await expect(manager.streams.info(stream)).rejects.toThrow(refused);
  });

  test('a certificate that is nobody does not get in', async () => {
    await expect(server.connectAs('stranger')).rejects.toThrow(/authorization/i);
  });
});
