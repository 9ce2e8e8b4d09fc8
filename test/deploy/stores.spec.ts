// What NATS and MongoDB are told on Kubernetes is what was tested on real servers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { repositoryRoot } from '../infra/command.ts';
import { kubernetesFolder, readYamlFile } from './manifests.ts';

interface Named {
  readonly database: string;
  readonly actions: readonly string[];
}

interface RolesFile {
  readonly ownData: readonly string[];
  readonly roles: readonly { readonly role: string; readonly privileges: readonly Named[] }[];
  readonly users: readonly {
    readonly user: string;
    readonly owns: readonly string[];
    readonly roles: readonly string[];
  }[];
}

interface MongoDBCommunity {
  readonly spec: {
    readonly security: { readonly roles: readonly unknown[] };
    readonly users: readonly { readonly name: string; readonly roles: readonly { readonly name: string }[] }[];
  };
}

interface NatsValues {
  readonly container: { readonly image: { readonly tag: string } };
  // biome-ignore lint/suspicious/noExplicitAny: asked for what must be there.
  readonly config: any;
}

const roles: RolesFile = JSON.parse(readFileSync(join(repositoryRoot, 'deploy/mongodb/roles.json'), 'utf8'));

test('accounts of MongoDB have the rights of roles.json', () => {
  const { spec } = readYamlFile<MongoDBCommunity>(join(kubernetesFolder, 'values/mongodb.yaml'));
  const role = (name: string, privileges: readonly Named[]) => ({
    role: name,
    db: 'admin',
    privileges: privileges.map(({ database, actions }) => ({
      resource: { db: `waybill_${database}`, collection: '' },
      actions,
    })),
    roles: [],
  });
  const own = roles.users.map(({ user, owns }) =>
    role(
      `waybill_${user}`,
      owns.map((database) => ({ database, actions: roles.ownData })),
    ),
  );
  const shared = roles.roles.map(({ role: name, privileges }) => role(name, privileges));
  expect(spec.security.roles).toEqual([...shared, ...own]);
  expect(spec.users.map(({ name, roles: held }) => [name, held.map((each) => each.name)])).toEqual(
    roles.users.map(({ user, roles: held }) => [user, [`waybill_${user}`, ...held]]),
  );
});

test('NATS is told what nats.conf says', () => {
  const { container, config } = readYamlFile<NatsValues>(join(kubernetesFolder, 'values/nats.yaml'));
  const conf = readFileSync(join(repositoryRoot, 'deploy/nats/nats.conf'), 'utf8');
  const said = (name: string) => new RegExp(`^ *${name}: "?([^"\n]+?)"?$`, 'm').exec(conf)?.[1];
  expect(container.image.tag).toBe('2.14.5-alpine');
  expect(config.cluster).toMatchObject({ enabled: true, replicas: 3, name: said('name'), tls: { enabled: true } });
  expect(config.jetstream.merge.sync_interval).toBe(said('sync_interval'));
  expect(config.jetstream.fileStore.maxSize.replace('Gi', 'GB')).toBe(said('max_file_store'));
  expect(config.jetstream.memoryStore.maxSize.replace('Mi', 'MB')).toBe(said('max_memory_store'));
  expect(config.nats.tls.merge.verify_and_map).toBe(true);
  expect(said('verify_and_map')).toBe('true');
  expect(config.merge).toMatchObject({
    max_payload: `<< ${said('max_payload')} >>`,
    max_connections: Number(said('max_connections')),
    ping_interval: said('ping_interval'),
    ping_max: Number(said('ping_max')),
    zzz$include: 'accounts.conf',
  });
});
