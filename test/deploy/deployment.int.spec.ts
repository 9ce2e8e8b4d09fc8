// The whole of a deployment, its containers aside: what is configured for Compose, on real servers, in six processes.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceNames } from '@waybill/config';
import { runWaybill } from '../e2e/waybill-command.ts';
import { repositoryRoot, run } from '../infra/command.ts';
import { hasMongo } from '../infra/mongodb.ts';
import { hasNats } from '../infra/nats.ts';
import { type Deployed, startDeployed } from './deployment.ts';

const longMs = 180_000;

(hasNats && hasMongo ? describe : describe.skip)('six processes as they are deployed', () => {
  let deployed: Deployed;

  beforeAll(async () => {
    deployed = await startDeployed();
  }, longMs);

  afterAll(() => deployed?.stop(), longMs);

  const ask = (key: string) =>
    fetch(`${deployed.of('gateway').url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'smart', messages: [{ role: 'user', content: 'Why is the sky blue?' }] }),
    });

  test('answer a caller with the virtual key, and nobody else', async () => {
    const answer = await ask(deployed.virtualKey);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('choices')]);
    expect(answer.headers.get('x-waybill-cost-usd')).toMatch(/^0\.\d+$/);
    expect((await ask('withheld')).status).toBe(401);
  });

  test('keep books that the operator can audit with accounts of their own', async () => {
    const audit = await runWaybill(['audit', '--json', '--config', deployed.operatorsConfiguration]);
    expect(audit.stderr).toBe('');
    expect(audit.code).toBe(0);
  });

  test.each(serviceNames)('the probe of %s is content with its certificate', (service) => {
    const { address } = deployed.of(service);
    const port = address.split(':')[1]!;
    const security = service === 'gateway' ? [] : [join(deployed.secrets, 'certificates', service)];
    const probe = run(process.execPath, [join(repositoryRoot, 'deploy/docker/probe.mjs'), port, ...security]);
    expect(probe).toEqual({ succeeded: true, output: '' });
  });

  test('a service lets nobody in without a certificate', () => {
    const port = deployed.of('selector').address.split(':')[1]!;
    for (const security of [[], ['tls']]) {
      const probe = run(process.execPath, [join(repositoryRoot, 'deploy/docker/probe.mjs'), port, ...security]);
      expect(probe.succeeded).toBe(false);
    }
  });

  test('miss no right: nothing was refused, nobody raised an alarm', () => {
    for (const service of serviceNames) {
      const log = deployed.of(service).log();
      expect([service, /permission|not authorized|"alarm"/i.exec(log)?.[0]]).toEqual([service, undefined]);
    }
  });
});
