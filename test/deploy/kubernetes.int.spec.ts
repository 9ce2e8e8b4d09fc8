// deploy/kubernetes without a cluster: rendered by kustomize, checked against the API's schemas, and against our rules.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfiguration, serviceNames } from '@waybill/config';
import { isProvisioned, kubeconform, kubernetesVersions, kustomize } from '../infra/provision.ts';
import { isAllowed, type Peer } from './flows.ts';
import { conforms, kubernetesFolder, type Resource, rendered, resourcesOf, selects } from './manifests.ts';
import { streamFile } from './nats-server.ts';

const hasTools = isProvisioned(kustomize) && isProvisioned(kubeconform);
const overlays = ['base', 'overlays/development', 'overlays/production'];

(hasTools ? describe : describe.skip).each(overlays)('the manifests of %s', (overlay) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-manifests-'));
  let resources: Resource[];
  const ofKind = (...kinds: string[]) => resources.filter(({ kind }) => kinds.includes(kind));
  const workloads = () => ofKind('StatefulSet', 'Deployment');
  const podOf = (workload: Resource) => workload.spec.template.spec;
  const workload = (name: string) => workloads().find(({ metadata }) => metadata.name === name)!;
  const volumesOf = (name: string): Volume[] => podOf(workload(name)).volumes;
  const configurationText = () =>
    ofKind('ConfigMap').find(({ metadata }) => metadata.name.startsWith('waybill-configuration'))!.data![
      'waybill.yaml'
    ]!;

  beforeAll(() => {
    resources = resourcesOf(rendered(overlay));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  test('have each service once, with everything in one namespace', () => {
    expect(
      workloads()
        .map(({ metadata }) => metadata.name)
        .sort(),
    ).toEqual([...serviceNames].sort());
    for (const { kind, metadata } of resources) if (kind !== 'Namespace') expect(metadata.namespace).toBe('waybill');
  });

  describe.each(serviceNames)('%s', (name) => {
    const pod = () => podOf(workload(name));
    const container = () => pod().containers[0];
    const named = (kind: string) => ofKind(kind).filter(({ metadata }) => metadata.name === name);

    test('runs as nobody in particular, can write nowhere but its data, and gains nothing', () => {
      expect(pod().securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod().containers).toHaveLength(1);
      expect(container().securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      const writable = container().volumeMounts.filter((mount: { readOnly?: boolean }) => !mount.readOnly);
      expect(writable).toEqual([{ name: 'data', mountPath: '/data' }]);
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) expect(pod()[field]).toBeUndefined();
    });

    test('is somebody to the cluster, and may do nothing there', () => {
      expect(pod()).toMatchObject({ serviceAccountName: name, automountServiceAccountToken: false });
      expect(named('ServiceAccount')).toMatchObject([{ automountServiceAccountToken: false }]);
      expect(ofKind('Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding')).toEqual([]);
    });

    test('is asked by gRPC whether it has started and is ready, and by HTTP whether it is alive', () => {
      const command = ['node', 'deploy/docker/probe.mjs', '50051', '/etc/waybill/tls'];
      expect(container().startupProbe.exec.command).toEqual(command);
      expect(container().readinessProbe.exec.command).toEqual(command);
      expect(container().livenessProbe.httpGet.path).toBe('/healthz');
      const { periodSeconds, failureThreshold } = container().livenessProbe;
      expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(60);
    });

    test('has time to drain', () => {
      const graceMs = Number(/grace_ms: (\d+)/.exec(configurationText())?.[1]);
      const beforeMs = container().lifecycle.preStop.sleep.seconds * 1000;
      expect(pod().terminationGracePeriodSeconds * 1000).toBeGreaterThanOrEqual(beforeMs + graceMs + 5000);
    });

    test('says what it needs, and is not taken away all at once', () => {
      const { requests, limits } = container().resources;
      expect(Object.keys(requests)).toEqual(expect.arrayContaining(['cpu', 'memory']));
      expect(Object.keys(limits)).toContain('memory');
      expect(named('PodDisruptionBudget')).toHaveLength(1);
      const [budget] = named('PodDisruptionBudget');
      expect(budget?.spec.maxUnavailable).toBe(1);
      expect(selects(budget?.spec.selector, workload(name).spec.template.metadata.labels)).toBe(true);
      expect(pod().topologySpreadConstraints.length).toBeGreaterThan(0);
    });

    test('has no secret in its environment', () => {
      expect(container().envFrom).toBeUndefined();
      for (const { valueFrom } of container().env) expect(valueFrom?.secretKeyRef).toBeUndefined();
      expect(container().env.map((each: { name: string }) => each.name)).toEqual([
        'WAYBILL_CONFIG',
        'WAYBILL_INSTANCE',
        'POD_IP',
        'WAYBILL_ADVERTISE',
      ]);
    });

    test('has its own secrets, as files for its user alone', () => {
      const secrets = volumesOf(name).flatMap(({ secret }) => secret ?? []);
      for (const { defaultMode } of secrets) expect(defaultMode).toBe(0o400);
      const own = [`waybill-${name}-tls`, `mongodb-${name}`];
      if (name === 'gateway') own.push('waybill-gateway-edge-tls', 'waybill-virtual-keys', 'waybill-gateway-secret');
      if (name === 'provider-adapter') own.push('waybill-provider-keys');
      expect(secrets.map(({ secretName }) => secretName.replace(/-[a-z0-9]{10}$/, '')).sort()).toEqual(own.sort());
    });

    test('has a certificate that says who it is', () => {
      const certificate = ofKind('Certificate').find(({ spec }) => spec.secretName === `waybill-${name}-tls`);
      expect(certificate?.spec).toMatchObject({
        uris: [`spiffe://waybill/${name}`],
        dnsNames: expect.arrayContaining([name]),
        usages: expect.arrayContaining(['client auth', 'server auth']),
        privateKey: { rotationPolicy: 'Always' },
      });
    });

    test('is found under its name', () => {
      const [service] = named('Service');
      expect(selects({ matchLabels: service?.spec.selector }, workload(name).spec.template.metadata.labels)).toBe(true);
      if (name !== 'gateway') expect(service?.spec.clusterIP).toBe('None');
      const ports = container().ports.map((port: { name: string }) => port.name);
      for (const { targetPort } of service?.spec.ports ?? []) expect(ports).toContain(targetPort);
    });

    test('reads a configuration that is valid, with the files it has', () => {
      const root = join(folder, name);
      const write = (path: string) => {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, name === 'gateway' ? 'a-key-that-is-long' : 'mongodb://host/?replicaSet=a');
      };
      for (const path of filesOf(name)) write(join(root, path));
      const file = join(root, 'waybill.yaml');
      writeFileSync(file, configurationText().replaceAll('/etc/waybill', join(root, 'etc/waybill')));
      const loaded = loadConfiguration({ file, environment: { WAYBILL_INSTANCE: `${name}-0` } });
      if (overlay === 'base') expect(loaded.ok ? '' : loaded.fault.message).toContain('would let everybody in');
      else
        expect(loaded.ok ? loaded.value.network : loaded.fault.message).toMatchObject({
          port: 50_051,
          host: '0.0.0.0',
        });
    });
  });

  /** Paths below / of the files that a pod of the service finds in its volumes. */
  function filesOf(name: string): string[] {
    const mounts: { name: string; mountPath: string }[] = podOf(workload(name)).containers[0].volumeMounts;
    return volumesOf(name).flatMap((volume) => {
      const path = mounts.find((mount) => mount.name === volume.name)!.mountPath;
      return keysOf(volume).map((key) => join(path, key));
    });
  }

  function keysOf({ secret, configMap }: Volume): string[] {
    if (secret?.items) return secret.items.map(({ path }) => path);
    if (secret?.secretName.endsWith('-tls')) return ['ca.crt', 'tls.crt', 'tls.key'];
    if (configMap) return Object.keys(resources.find(({ metadata }) => metadata.name === configMap.name)!.data!);
    // Secrets that somebody makes by hand have the keys that are withheld from all others.
    const kind = secret?.secretName.replace(/-[a-z0-9]{10}$/, '');
    const withheld = ofKind('ConfigMap').find(({ metadata }) => metadata.name.startsWith(`${kind}-withheld`));
    return Object.keys(withheld?.data ?? {});
  }

  describe('the network', () => {
    const policies = () => ofKind('NetworkPolicy');
    const pods = () => Object.fromEntries(workloads().map((each) => [each.metadata.name, peerOf(each)]));
    const peerOf = (each: Resource): Peer => ({ labels: each.spec.template.metadata.labels });
    const nats: Peer = { labels: { 'app.kubernetes.io/name': 'nats' } };
    const mongodb: Peer = { labels: { app: 'waybill-mongodb-svc' } };
    const collector: Peer = { labels: { 'app.kubernetes.io/name': 'otel-collector' }, namespace: 'observability' };
    const prometheus: Peer = { labels: { 'app.kubernetes.io/name': 'prometheus' }, namespace: 'observability' };
    const dns: Peer = { labels: { 'k8s-app': 'kube-dns' }, namespace: 'kube-system' };
    const client: Peer = { labels: { app: 'program' }, namespace: 'clients' };
    const stranger: Peer = { labels: { app: 'program' }, namespace: 'default' };
    const allows = (from: Peer, to: Peer, port: number) => isAllowed(policies(), { from, to, port });

    test('denies what nobody has allowed, to any pod in the namespace', () => {
      const newcomer: Peer = { labels: { app: 'newcomer' } };
      for (const peer of [...Object.values(pods()), nats, mongodb]) {
        for (const port of [4222, 6222, 8222, 27_017, 50_051, 8080, 9464, 443]) {
          expect(allows(newcomer, peer, port)).toBe(false);
          expect(allows(peer, newcomer, port)).toBe(false);
          expect(allows(stranger, peer, port)).toBe(false);
        }
      }
    });

    test.each(serviceNames)('lets %s have names, stores and traces, and be measured', (name) => {
      const pod = pods()[name]!;
      expect(allows(pod, dns, 53)).toBe(true);
      expect(allows(pod, nats, 4222)).toBe(true);
      expect(allows(pod, mongodb, 27_017)).toBe(true);
      expect(allows(pod, collector, 4318)).toBe(true);
      expect(allows(prometheus, pod, name === 'gateway' ? 8080 : 9464)).toBe(true);
      expect([allows(pod, nats, 8222), allows(pod, nats, 6222), allows(pod, collector, 443)]).toEqual([
        false,
        false,
        false,
      ]);
    });

    test('lets the gateway alone call the services, and clients the gateway alone', () => {
      for (const [to, pod] of Object.entries(pods())) {
        for (const [from, caller] of Object.entries(pods())) {
          expect([from, to, allows(caller, pod, 50_051)]).toEqual([from, to, from === 'gateway' && to !== 'gateway']);
        }
        expect([to, allows(client, pod, 50_051)]).toEqual([to, to === 'gateway']);
        expect([to, allows(client, pod, 8080)]).toEqual([to, to === 'gateway']);
      }
    });

    test('lets provider-adapter alone out, to public addresses and by HTTPS', () => {
      for (const [name, pod] of Object.entries({ ...pods(), nats, mongodb })) {
        expect([name, allows(pod, { address: '203.0.114.7' }, 443)]).toEqual([name, name === 'provider-adapter']);
      }
      const pod = pods()['provider-adapter']!;
      for (const address of ['10.1.2.3', '169.254.169.254', '172.20.0.1', '192.168.1.1', '127.0.0.1', '100.64.0.1']) {
        expect([address, allows(pod, { address }, 443)]).toEqual([address, false]);
      }
      expect(allows(pod, { address: '203.0.114.7' }, 80)).toBe(false);
    });

    test('lets the stores talk among themselves', () => {
      expect(allows(nats, nats, 6222)).toBe(true);
      expect(allows(mongodb, mongodb, 27_017)).toBe(true);
      expect(allows(nats, mongodb, 27_017)).toBe(false);
      expect(allows(mongodb, nats, 4222)).toBe(false);
    });
  });

  test('make the stream by a job that may do no more than that, and that the configuration expects', () => {
    const [job] = ofKind('Job');
    const pod = job?.spec.template.spec;
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.containers[0].securityContext).toMatchObject({ readOnlyRootFilesystem: true });
    expect(pod.volumes.flatMap((volume: Volume) => volume.secret?.secretName ?? [])).toEqual(['waybill-operator-tls']);
    const file = pod.volumes.flatMap((volume: Volume) => volume.configMap?.name ?? [])[0];
    const stream = ofKind('ConfigMap').find(({ metadata }) => metadata.name === file)!.data!['stream.json']!;
    const told = (name: string) => Number(new RegExp(`^ {4}${name}: (\\d+)`, 'm').exec(configurationText())?.[1]);
    expect(JSON.parse(stream)).toEqual({
      ...streamFile,
      num_replicas: told('replicas') || streamFile.num_replicas,
      max_bytes: told('max_bytes') || streamFile.max_bytes,
    });
  });

  test('keep the number of replicas either here or with an autoscaler', () => {
    const scaled = ofKind('HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef);
    for (const { kind, metadata, spec } of workloads()) {
      const isScaled = scaled.some((target) => target.kind === kind && target.name === metadata.name);
      expect([metadata.name, spec.replicas === undefined]).toEqual([metadata.name, isScaled]);
    }
  });
});

interface Volume {
  readonly name: string;
  readonly secret?: {
    readonly secretName: string;
    readonly defaultMode: number;
    readonly items?: readonly { readonly path: string }[];
  };
  readonly configMap?: { readonly name: string };
}

(hasTools ? test : test.skip).each(kubernetesVersions)('all manifests are what Kubernetes %s takes', (version) => {
  const mongodb = readFileSync(join(kubernetesFolder, 'values/mongodb.yaml'), 'utf8');
  const { succeeded, output } = conforms([...overlays.map(rendered), mongodb], version);
  expect(output).toMatch(/ Invalid: 0, Errors: 0, Skipped: 0/);
  expect(succeeded).toBe(true);
});

(hasTools ? test : test.skip)('production runs at least two of each, and three of those that are many at once', () => {
  const resources = resourcesOf(rendered('overlays/production'));
  for (const name of serviceNames) {
    const least = resources
      .filter(({ metadata }) => metadata.name === name)
      .map(({ spec }) => spec?.minReplicas ?? spec?.replicas)
      .find((replicas) => replicas !== undefined);
    expect(least).toBeGreaterThanOrEqual(['gateway', 'rate-limit', 'provider-adapter'].includes(name) ? 3 : 2);
  }
});

test('the pods run the image that the Dockerfile makes: its user, and its scripts', () => {
  const dockerfile = readFileSync(join(kubernetesFolder, '../docker/Dockerfile'), 'utf8');
  expect(dockerfile).toContain('USER 1000:1000');
  expect(dockerfile).toContain('deploy/docker/probe.mjs ./deploy/docker/');
});
