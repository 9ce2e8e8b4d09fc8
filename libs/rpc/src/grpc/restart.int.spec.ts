// A neighbour that is killed and comes back at the same place.
import { expect, test } from '@jest/globals';
import { faultFrom, limitClient } from '../contract/harness.ts';
import { admitRequest, admitResponse } from '../contract/messages.ts';
import { neighbours } from '../testing/neighbours.ts';
import { servers } from '../testing/servers.ts';

const { connect } = servers();
const { start } = neighbours();

test.each([
  ['a call for each', false],
  ['multiplexed', true],
])(
  'kill -9: calls under way are lost, and the first call after it is back gets through: %s',
  async (_name, multiplexed) => {
    const first = await start();
    const limits = limitClient(connect(`127.0.0.1:${first.port}`, { multiplexed }));
    expect(await limits.admit(admitRequest())).toEqual(admitResponse());
    const heard = first.holds();
    const underWay = faultFrom(limits.admit({ ...admitRequest(), callId: 'held' }));
    await heard;
    await first.kill();
    const lost = await underWay;
    expect([lost.kind, lost.details]).toEqual(['unavailable', {}]);

    // Each call dials again, and each failure makes the rest until the next dialling by itself longer: seconds by now.
    for (let call = 0; call < 6; call += 1) {
      expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ details: { reason: 'not_sent' } });
      await leastRest();
    }
    await start(first.port);
    await leastRest();
    expect(await limits.admit(admitRequest())).toEqual(admitResponse());
  },
);

/** For so long after a failure nothing is dialled, so that many calls do not dial as many times. */
function leastRest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 110));
}
