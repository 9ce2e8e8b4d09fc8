// Which addresses are in the public internet, and which lead to this machine, its network or its cloud's own services.
import { isIP, isIPv4 } from 'node:net';
import addresses from 'ipaddr.js';

/** A service of the Azure host that a machine can reach at an address which looks public. */
const hostServices: ReadonlySet<string> = new Set(['168.63.129.16']);

const globalUnicast: [InstanceType<typeof addresses.IPv6>, number] = [addresses.IPv6.parse('2000::'), 3];

/**
 * Whether an address, as a lookup gives it, is a public one. Everything else is not: loopback, private, link-local (where
 * clouds keep credentials), shared, reserved, multicast, and IPv6 that carries an IPv4 address, except in NAT64, where
 * that one decides. So is text that is no address, and an address with a zone.
 */
export function isPublicAddress(text: string): boolean {
  if (isIP(text) === 0 || text.includes('%')) return false;
  if (isIPv4(text)) return addresses.IPv4.parse(text).range() === 'unicast' && !hostServices.has(text);
  const address = addresses.IPv6.parse(text);
  if (isNat64(address)) return isPublicAddress(address.toByteArray().slice(12).join('.'));
  return address.range() === 'unicast' && address.match(globalUnicast);
}

/** 64:ff9b::/96 of RFC 6052 alone: of the local-use prefix nobody knows where it leads. */
function isNat64(address: InstanceType<typeof addresses.IPv6>): boolean {
  const [first, second, ...rest] = address.parts;
  return first === 0x64 && second === 0xff9b && rest.slice(0, 4).every((part) => part === 0);
}
