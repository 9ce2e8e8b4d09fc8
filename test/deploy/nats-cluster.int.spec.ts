// Three nodes on the configuration that is deployed, with the stream as code.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { hasNats } from '../infra/nats.ts';
import { type DeployedCluster, startDeployedCluster, streamFile } from './nats-server.ts';

const longMs = 60_000;

(hasNats ? describe : describe.skip)('three nodes of NATS', () => {
  let cluster: DeployedCluster;

  beforeAll(async () => {
    cluster = await startDeployedCluster(['gateway', 'operator']);
  }, longMs);

  afterAll(() => cluster?.stop());

  /** Until the cluster has a leader, it answers that it has none. */
  async function eventually<Value>(attempt: () => Promise<Value>): Promise<Value> {
    const untilMs = Date.now() + longMs / 2;
    for (;;) {
      try {
        return await attempt();
      } catch (thrown) {
        if (Date.now() > untilMs) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }

  test(
    'keep the stream in three copies, and go on with two',
    async () => {
      const operator = await cluster.connectAs('operator');
      const manager = await jetstreamManager(operator, { checkAPI: false });
      const made = await eventually(() => manager.streams.add({ ...streamFile }));
      expect(made.config).toMatchObject(streamFile);

      const gateway = await cluster.connectAs('gateway');
      const publisher = jetstream(gateway, { timeout: 2_000 });
      const publish = (msgID: string) =>
        eventually(() => publisher.publish('waybill.events.0.gateway.gateway=2f0', msgID, { msgID }));
      await publish('first');
      await cluster.nodes[0]!.kill();
      await publish('second');
      const { state } = await eventually(() => manager.streams.info(streamFile.name));
      expect(state.last_seq).toBe(2);
    },
    longMs,
  );
});
