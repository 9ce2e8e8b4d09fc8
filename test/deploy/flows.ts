// Who may talk to whom, as the network policies say.
import { type Labels, type Resource, selects } from './manifests.ts';

export interface Peer {
  /** Absent: an address outside the cluster. */
  readonly labels?: Labels;
  /** Absent: the policies' own. */
  readonly namespace?: string;
  /** Without labels: an IPv4 address. */
  readonly address?: string;
}

export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  readonly port: number;
}

const ownNamespace = 'waybill';
type Direction = 'ingress' | 'egress';

/** Claims that both ends allow it. An end outside the namespace, or the cluster, has no policies here. */
export function isAllowed(policies: readonly Resource[], { from, to, port }: Flow): boolean {
  return (
    endAllows(policies, { end: from, other: to, direction: 'egress', port }) &&
    endAllows(policies, { end: to, other: from, direction: 'ingress', port })
  );
}

interface End {
  readonly end: Peer;
  readonly other: Peer;
  readonly direction: Direction;
  readonly port: number;
}

function endAllows(policies: readonly Resource[], { end, other, direction, port }: End): boolean {
  if (end.labels === undefined || (end.namespace ?? ownNamespace) !== ownNamespace) return true;
  const labels = end.labels;
  const type = direction === 'egress' ? 'Egress' : 'Ingress';
  const mine = policies.filter(({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector, labels));
  if (mine.length === 0) return true;
  return mine.some(({ spec }) => (spec[direction] ?? []).some((rule: Rule) => ruleAllows(rule, other, port)));
}

interface Rule {
  readonly to?: readonly RulePeer[];
  readonly from?: readonly RulePeer[];
  readonly ports?: readonly { readonly port: number }[];
}

interface RulePeer {
  readonly podSelector?: Parameters<typeof selects>[0];
  readonly namespaceSelector?: Parameters<typeof selects>[0];
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
}

function ruleAllows({ to, from, ports }: Rule, other: Peer, port: number): boolean {
  const isPort = ports === undefined || ports.some((each) => each.port === port);
  const peers = to ?? from;
  return isPort && (peers === undefined || peers.some((peer) => peerMeans(peer, other)));
}

function peerMeans({ podSelector, namespaceSelector, ipBlock }: RulePeer, other: Peer): boolean {
  if (ipBlock !== undefined) {
    if (other.address === undefined) return false;
    const address = other.address;
    return isWithin(address, ipBlock.cidr) && !(ipBlock.except ?? []).some((cidr) => isWithin(address, cidr));
  }
  if (other.labels === undefined) return false;
  const namespace = { 'kubernetes.io/metadata.name': other.namespace ?? ownNamespace };
  const isNamespace = namespaceSelector
    ? selects(namespaceSelector, {
        ...namespace,
        ...(other.namespace === 'clients' && { 'waybill.dev/clients': 'true' }),
      })
    : namespace['kubernetes.io/metadata.name'] === ownNamespace;
  return isNamespace && selects(podSelector, other.labels);
}

function isWithin(address: string, cidr: string): boolean {
  const [network = '', length = ''] = cidr.split('/');
  if (network.includes(':')) return false;
  const shift = 32n - BigInt(length);
  return numberOf(address) >> shift === numberOf(network) >> shift;
}

function numberOf(address: string): bigint {
  return address.split('.').reduce((number, part) => number * 256n + BigInt(part), 0n);
}
