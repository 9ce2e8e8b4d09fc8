// Servers that are paused: their connections stay, and nothing comes.
import { expect, test } from '@jest/globals';
import { LimitServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { faultFrom, limitClient } from '../contract/harness.ts';
import { admitRequest, admitResponse } from '../contract/messages.ts';
import { neighbours } from '../testing/neighbours.ts';
import { servers } from '../testing/servers.ts';
import { elsewhere } from '../turned-away.ts';

const { serve, connect } = servers();
const { start } = neighbours();

const held = { ...admitRequest(), callId: 'held' };
const turn = () => new Promise((resolve) => setTimeout(resolve, 50));

test.each([
  ['a call for each', false],
  ['multiplexed', true],
])('a paused replica is found out, its calls are ended and the others do the work: %s', async (_name, multiplexed) => {
  const [paused, other] = await Promise.all([start(), start()]);
  const limits = limitClient(connect([paused.address, other.address], { multiplexed }));
  const both = Promise.all([paused.holds(), other.holds()]);
  const underWay: Array<Promise<unknown>> = [];
  const hold = () => underWay.push(faultFrom(limits.admit(held, { timeoutMs: 600_000 })));
  let bothHold = false;
  both.then(() => {
    bothHold = true;
  });
  while (!bothHold) {
    hold();
    await turn();
  }
  paused.pause();
  expect(await Promise.race(underWay)).toMatchObject({ kind: 'unavailable', details: {} });
  for (let call = 0; call < 20; call += 1) expect(await limits.admit(admitRequest())).toEqual(admitResponse());

  const again = paused.holds();
  let isBack = false;
  again.then(() => {
    isBack = true;
  });
  paused.resume();
  while (!isBack) {
    hold();
    await turn();
  }
});

test('a paused owner is left for the next one, though its connection is still there', async () => {
  const owner = await start();
  const tale = { owner: owner.address };
  const next = await serve({ admit: async () => admitResponse() });
  const asked = await serve({
    async admit() {
      throw new FaultError(elsewhere(tale.owner));
    },
  });
  const transport = connect(asked.address, { multiplexed: true });
  const limits = transport.client(LimitServiceDefinition, { affinity: () => 'acme' });
  await limits.admit(admitRequest());
  owner.pause();
  const waiting = faultFrom(limits.admit(admitRequest(), { timeoutMs: 600_000 }));
  tale.owner = next.address;
  let answered = false;
  while (!answered) {
    await limits.admit(admitRequest(), { timeoutMs: 500 }).then(
      () => {
        answered = true;
      },
      () => undefined,
    );
  }
  expect(await waiting).toMatchObject({ kind: 'unavailable', details: {} });
});
