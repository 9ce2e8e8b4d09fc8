// deploy/docker without a container engine: linted, laid out in a folder, and started from there.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { serviceNames } from '@waybill/config';
import { run } from '../infra/command.ts';
import { freePorts } from '../infra/free-ports.ts';
import { hadolint, isProvisioned } from '../infra/provision.ts';
import {
  copiedPaths,
  dockerfile,
  dockerignore,
  instructions,
  layOutImage,
  runIn,
  standingOf,
  startIn,
} from './image.ts';

const longMs = 180_000;
const restOf = (name: string) => instructions().findLast((instruction) => instruction.name === name)?.rest;

(isProvisioned(hadolint) ? test : test.skip)('hadolint finds nothing in the Dockerfile', () => {
  expect(run(hadolint.program, [dockerfile])).toEqual({ succeeded: true, output: '' });
});

test('what is sent to the engine is what is copied, and no more', () => {
  expect(new Set(dockerignore().taken)).toEqual(new Set(copiedPaths()));
});

test('the image runs as a user by number that is not root, on a pinned base', () => {
  expect(restOf('USER')).toBe('1000:1000');
  for (const { name, rest } of instructions()) if (name === 'FROM') expect(rest).toMatch(/^node:\d+\.\d+\.\d+-/);
});

describe('the files of the image', () => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-image-'));
  const app = join(folder, 'app');
  const data = join(folder, 'data');
  const [start, probe] = ['deploy/docker/start.mjs', 'deploy/docker/probe.mjs'];
  const environment = { NODE_ENV: 'production', WAYBILL_DATA_DIR: data };

  beforeAll(() => {
    mkdirSync(app);
    mkdirSync(data);
    layOutImage(app);
  }, longMs);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('hold no test', () => {
    expect(standingOf(app).filter((path) => /\.spec\.ts$|\/testing\/|fixtures/.test(path))).toEqual([]);
  });

  test(
    'start, say that they are serving, stop on SIGTERM, and write nothing beside the data folder',
    async () => {
      const before = standingOf(app);
      const [httpPort = 0, grpcPort = 0] = await freePorts(2);
      const ports = { WAYBILL_HTTP_PORT: String(httpPort), WAYBILL_GRPC_PORT: String(grpcPort) };
      const { child, output } = startIn(app, [start], { ...environment, ...ports });
      try {
        while (!output().includes('ready') && child.exitCode === null) await sleep(50);
        expect(output()).toContain('ready');
        expect(await runIn(app, [probe, String(grpcPort)])).toEqual({ code: 0, output: '' });
      } finally {
        child.kill('SIGTERM');
        await once(child, 'close');
      }
      expect(child.exitCode).toBe(0);
      expect(standingOf(app)).toEqual(before);
    },
    longMs,
  );

  test('fail the probe when nothing listens', async () => {
    const [port = 0] = await freePorts(1);
    const ended = await runIn(app, [probe, String(port)]);
    expect(ended).toMatchObject({ code: 1, output: expect.stringContaining('ECONNREFUSED') });
  });

  test.each(serviceNames)(
    '%s starts as far as its stores, which are not there',
    async (service) => {
      const stores = {
        WAYBILL_NATS_URL: 'nats://127.0.0.1:1',
        WAYBILL_MONGODB_URI: 'mongodb://127.0.0.1:1/?replicaSet=none',
      };
      const { code, output } = await runIn(app, [start, service], { ...environment, ...stores });
      expect(output).toMatch(/NATS|MongoDB/);
      expect(code).toBe(1);
    },
    longMs,
  );

  test('are the command line as well', async () => {
    const { code, output } = await runIn(app, [start, 'waybill', 'audit', '--help'], environment);
    expect(output).toContain('waybill audit');
    expect(code).toBe(0);
  });

  test('refuse a service that there is not', async () => {
    const { code, output } = await runIn(app, [start, 'selektor'], environment);
    expect(output).toContain('there is no service selektor');
    expect(code).toBe(2);
  });
});
