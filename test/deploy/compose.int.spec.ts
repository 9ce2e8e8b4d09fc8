// deploy/compose without an engine: loaded as Docker Compose does, and held against our own rules.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfiguration, serviceNames } from '@waybill/config';
import { composeCheck, isProvisioned } from '../infra/provision.ts';
import { type ComposeProject, type ComposeService, composeFolder, composeProject, prepareSecrets } from './compose.ts';

(isProvisioned(composeCheck) ? describe : describe.skip)('the containers of deploy/compose', () => {
  let project: ComposeProject;
  const all = () => Object.entries(project.services);
  const lasting = () => all().filter(([, { restart }]) => restart === 'unless-stopped');
  const networksOf = ({ networks = {} }: ComposeService) => Object.keys(networks);

  beforeAll(() => {
    project = composeProject();
  });

  test('are six services and what they need', () => {
    expect(Object.keys(project.services)).toEqual(expect.arrayContaining([...serviceNames]));
    for (const name of serviceNames) expect(project.services[name]?.command).toEqual([name]);
  });

  test('are pinned, cannot write to themselves, and gain nothing', () => {
    for (const [name, service] of all()) {
      expect([name, service.image]).toEqual([name, expect.stringMatching(/:\d+\.\d+\.\d+(-alpine)?$/)]);
      expect([name, service.read_only, service.cap_drop]).toEqual([name, true, ['ALL']]);
      expect([name, service.security_opt, service.privileged]).toEqual([name, ['no-new-privileges:true'], undefined]);
      expect([name, service.cap_add]).toEqual([name, name === 'nats-volumes' ? ['CHOWN'] : undefined]);
    }
  });

  test('have bounds, and those that last are asked how they are', () => {
    for (const [name, service] of lasting()) {
      expect([name, Number(service.mem_limit)]).toEqual([name, expect.any(Number)]);
      // Of these two there is no shell or client in the image to ask with.
      if (!['collector', 'jaeger'].includes(name))
        expect([name, service.healthcheck]).toEqual([name, expect.anything()]);
    }
  });

  test('are reached from this machine alone, at the gateway and at the pages of Jaeger', () => {
    const published = all().flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port.host_ip, port.target]));
    expect(published).toEqual([
      ['gateway', '127.0.0.1', 8080],
      ['gateway', '127.0.0.1', 50_051],
      ['jaeger', '127.0.0.1', 16_686],
    ]);
  });

  test('have no way out, but for provider-adapter', () => {
    expect(project.networks.inside?.internal).toBe(true);
    const masquerade = 'com.docker.network.bridge.enable_ip_masquerade';
    expect(project.networks.edge?.driver_opts).toEqual({ [masquerade]: 'false' });
    for (const [name, service] of all()) {
      expect([name, networksOf(service).includes('outside')]).toEqual([name, name === 'provider-adapter']);
    }
  });

  test('have no secret in their environment, and each its own as files', () => {
    for (const [name, { environment = {} }] of all()) {
      for (const value of Object.values(environment)) expect([name, value]).not.toEqual([name, /password=|:[^/@]+@/]);
    }
    for (const name of serviceNames) {
      const { secrets = [], volumes = [] } = project.services[name]!;
      const sources = Object.fromEntries(secrets.map(({ source, target }) => [target, source]));
      const isGateway = name === 'gateway';
      expect(sources).toEqual({
        mongodb: `mongodb-${name}`,
        'virtual-key': isGateway ? 'virtual-key' : 'withheld',
        ...(isGateway && { 'gateway-secret': 'gateway-secret' }),
      });
      expect(volumes).toMatchObject([
        { source: `./secrets/certificates/${name}`, target: '/etc/waybill/tls', read_only: true },
      ]);
    }
  });

  test('start when what they wait for is there, and stop with time to drain', () => {
    for (const name of serviceNames) {
      const { depends_on: before = {}, stop_grace_period: grace } = project.services[name]!;
      expect(before['nats-stream']?.condition).toBe('service_completed_successfully');
      expect(before['mongodb-accounts']?.condition).toBe('service_completed_successfully');
      expect(Number(grace?.replace('s', ''))).toBeGreaterThan(30);
    }
    const waited = Object.keys(project.services.gateway?.depends_on ?? {});
    expect(waited).toEqual(expect.arrayContaining(serviceNames.filter((name) => name !== 'gateway')));
  });

  describe('with their secrets', () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-compose-'));
    const secrets = join(folder, 'secrets');

    beforeAll(() => void prepareSecrets(secrets));
    afterAll(() => rmSync(folder, { recursive: true }));

    test('find every file that they mount', () => {
      const placed = (path: string) => (path.startsWith('./secrets') ? join(folder, path) : join(composeFolder, path));
      const files = [...Object.values(project.secrets), ...Object.values(project.configs)].map(({ file }) => file);
      const bound = all().flatMap(([, { volumes = [] }]) => volumes.map(({ source }) => source));
      for (const path of [...files, ...bound.filter((source) => source.startsWith('.'))]) {
        expect([path, existsSync(placed(path))]).toEqual([path, true]);
      }
    });

    test('keep them when they are prepared again, in a folder that only its owner enters', () => {
      const read = (name: string) => readFileSync(join(secrets, name), 'utf8');
      const names = ['passwords/cost', 'gateway-secret', 'virtual-key', 'mongodb/cost', 'certificates/cost/ca.crt'];
      const before = names.map(read);
      const certificate = read('certificates/cost/tls.crt');
      prepareSecrets(secrets);
      expect(names.map(read)).toEqual(before);
      expect(read('certificates/cost/tls.crt')).not.toBe(certificate);
      expect(Buffer.from(read('gateway-secret'), 'base64url')).toHaveLength(32);
      expect(statSync(secrets).mode & 0o777).toBe(0o700);
      expect(statSync(join(secrets, 'certificates/ca.key')).mode & 0o777).toBe(0o600);
    });

    test.each(serviceNames)('%s reads a configuration that is valid', (name) => {
      const root = join(folder, name);
      mkdirSync(root);
      for (const { source, target = source } of project.services[name]?.secrets ?? []) {
        const { file } = project.secrets[source]!;
        const path = file.startsWith('./secrets') ? join(folder, file) : join(composeFolder, file);
        writeFileSync(join(root, target), readFileSync(path));
      }
      const file = join(root, 'waybill.yaml');
      const text = readFileSync(join(composeFolder, 'waybill.yaml'), 'utf8').replaceAll('/run/secrets', root);
      writeFileSync(file, text);
      const loaded = loadConfiguration({ file, environment: {} });
      expect(loaded.ok ? loaded.value.network : loaded.fault.message).toMatchObject({ port: 50_051, host: '0.0.0.0' });
    });
  });
});
