// Ways to write an address that leads to this machine, its network or its cloud's services, for tests of what refuses it.
import type { LookupAddress } from 'node:dns';

/** Hosts of URLs; each would reach 127.0.0.1 if it were followed. */
const loopbackHosts: readonly string[] = [
  // 127.0.0.1 in decimal, octal, hexadecimal, and with parts left out
  ...['127.0.0.1', '127.1', '127.0.1', '2130706433', '0x7f000001', '0X7F000001', '017700000001', '0x7f.0.0.1'],
  ...['0177.0.0.1', '0177.0.0.01', '0x7f.0x0.0x0.0x1', '0x7f.1', '0177.1', '0x7f.0.1', '0177.0.1', '127.0x0.0.1'],
  ...['127.0.00.1', '127.00000.0.1', '0x0000007f.0.0.1', '00000177.0.0.1', '127.0.0x1', '0x7f.0177.1', '127.0.0.01'],
  // the rest of 127.0.0.0/8
  ...['127.0.0.2', '127.0.1.1', '127.1.2.3', '127.127.127.127', '127.255.255.254', '2130706434', '0x7fffffff'],
  // with a dot at the end, in other scripts, percent-encoded
  ...[
    '127.0.0.1.',
    '127.1.',
    '2130706433.',
    '0x7f000001.',
    '１２７.0.0.1',
    '127。0。0。1',
    '127．0．0．1',
    '①②⑦.⓪.⓪.①',
  ],
  ...[
    '１２７．０．０．１',
    '𝟏𝟐𝟕.𝟎.𝟎.𝟏',
    '127%2e0%2e0%2e1',
    '%31%32%37.0.0.1',
    '12%37.0.0.1',
    '0%78%37f.1',
    '127｡0｡0｡1',
  ],
  ...['１２７.１', '２１３０７０６４３３', '０x7f000001', '0ｘ7f000001', '²¹³⁰⁷⁰⁶⁴³³', '127.0.0.¹', '1२7.0.0.1'],
  // "this" machine
  ...['0.0.0.0', '0', '0x0', '00', '0.0', '0.0.0', '0x00000000', '０', '0.0.0.0.', '0.1.2.3', '1', '16777215'],
  // IPv6
  ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::0.0.0.1]', '[0:0::1]', '[::01]', '[0::]', '[::0:1]'],
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::FFFF:127.0.0.1]', '[::ffff:0:0]'],
  ...['[::ffff:0.0.0.0]', '[::127.0.0.1]', '[::7f00:1]', '[::ffff:0:127.0.0.1]', '[::ffff:127.1.2.3]'],
  ...[
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::0.0.0.0]',
    '[64:ff9b:1::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
  ],
  ...['[2002:7f00:1::]', '[2002:7f00:0001::1]', '[2001:0:7f00:1::]', '[2001:0:808:808:0:0:80ff:fffe]'],
  ...['[::1%25lo]', '[::1%lo]', '[fe80::1%25lo]', '[fe80::1%25eth0]', '[fe80::1%eth0]', '[::1%251]', '[v1.127.0.0.1]'],
];

/** Hosts in private networks and of clouds' services. */
const otherHosts: readonly string[] = [
  ...['10.0.0.1', '10.255.255.255', '10.1', '167772161', '0x0a000001', '012.0.0.1', '0xa.1', '10.0.0.1.', '１０.0.0.1'],
  ...[
    '172.16.0.1',
    '172.31.255.254',
    '2886729729',
    '0xac100001',
    '0254.020.0.1',
    '0xac.0x10.1',
    '172.16.1',
    '172.20.10.2',
  ],
  ...[
    '192.168.0.1',
    '192.168.1.254',
    '3232235521',
    '0xc0a80001',
    '0300.0250.0.1',
    '192.168.1',
    '192.168.0.1.',
    '192。168。0。1',
  ],
  ...['169.254.169.254', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376', '0xa9.0xfe.0xa9.0xfe', '169.254.43518'],
  ...[
    '169.16689662',
    '169.254.169.254.',
    '①⑥⑨.②⑤④.①⑥⑨.②⑤④',
    '169%2e254%2e169%2e254',
    '0251.254.169.254',
    '169.254.0xa9fe',
  ],
  ...[
    '169.254.170.2',
    '169.254.170.23',
    '169.254.0.1',
    '100.64.0.1',
    '100.127.255.254',
    '100.100.100.200',
    '0x64400001',
  ],
  ...[
    '168.63.129.16',
    '0xa83f8110',
    '192.0.0.1',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
  ],
  ...['198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.250', '233.252.0.1', '240.0.0.1', '250.1.2.3'],
  ...['255.255.255.255', '4294967295', '0xffffffff', '037777777777', '255.255.255.254', '192.31.196.1', '192.175.48.1'],
  ...[
    '[fc00::1]',
    '[fd00::1]',
    '[fd00:ec2::254]',
    '[fdff:ffff::1]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[feff::1]',
  ],
  ...['[ff02::1]', '[ff05::2]', '[ff0e::1]', '[2001:db8::1]', '[3fff::1]', '[100::1]', '[100:0:0:1::1]', '[2001::1]'],
  ...['[2001:10::1]', '[2001:20::1]', '[2001:2::1]', '[5f00::1]', '[4000::1]', '[8000::1]', '[a000::1]', '[e000::1]'],
  ...['[::ffff:10.0.0.1]', '[::ffff:a00:1]', '[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[::ffff:192.168.0.1]'],
  ...['[::ffff:172.16.0.1]', '[::ffff:100.64.0.1]', '[::ffff:255.255.255.255]', '[::ffff:0:10.0.0.1]', '[::10.0.0.1]'],
  ...[
    '[::169.254.169.254]',
    '[64:ff9b::10.0.0.1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b::192.168.0.1]',
    '[64:ff9b::a83f:8110]',
  ],
  ...['[64:ff9b:1::10.0.0.1]', '[64:ff9b::100.64.0.1]', '[2002:a00:1::]', '[2002:a9fe:a9fe::]', '[2002:c0a8:1::1]'],
  ...['[fd20:ce::254]', '[2001:4:112::1]', '[2620:4f:8000::1]'],
  // once more with parts left out, counted in eights or sixteens, or with a dot at the end
  ...['10.65535', '012.1', '0xa000001.', '10.0x1', '172.1048577', '0254.16.0.1', '0xac100001.', '192.11010049'],
  ...[
    '0300.11010049',
    '0xc0.0xa8.1',
    '0xc0a80001.',
    '0xa9fea9fe.',
    '025177524776',
    '2852039166.',
    '0144.4194305',
    '100.4194305',
  ],
  ...[
    '0144.0100.0.1',
    '0144.100.0.1',
    '1681915905',
    '0xc6120001',
    '198.1179649',
    '0xe0000001',
    '3758096385',
    '0xf0000001',
  ],
  ...['[fd00:0:0:0::a9fe:a9fe]', '[fe80:0:0:0:0:0:0:1]', '[FE80::A9FE:A9FE]', '[::ffff:0a00:0001]', '[::ffff:c0a8:1]'],
];

/** Names, and where a name server that does not mean well says they lead. */
const names: Readonly<Record<string, readonly string[]>> = {
  localhost: ['127.0.0.1', '::1'],
  'localhost.': ['127.0.0.1'],
  'api.localhost': ['127.0.0.1'],
  'localhost.localdomain': ['127.0.0.1'],
  'ip6-localhost': ['::1'],
  'loopback.example': ['127.0.0.1'],
  'any.example': ['0.0.0.0'],
  'private-a.example': ['10.0.0.1'],
  'private-b.example': ['172.16.0.1'],
  'private-c.example': ['192.168.0.1'],
  'private-c.example.': ['192.168.0.1'],
  'metadata.example': ['169.254.169.254'],
  'metadata.internal': ['169.254.169.254'],
  metadata: ['169.254.169.254'],
  'shared.example': ['100.64.0.1'],
  'host.example': ['168.63.129.16'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'nat64.example': ['64:ff9b::7f00:1'],
  '6to4.example': ['2002:7f00:1::'],
  'local.example': ['fe80::1%lo'],
  'unique.example': ['fd00::1'],
  'six.example': ['::1'],
  'unspecified.example': ['::'],
  // one good address among the others, wherever it stands
  'first-public.example': ['8.8.8.8', '127.0.0.1'],
  'last-public.example': ['127.0.0.1', '8.8.8.8'],
  'mixed.example': ['2606:4700::1111', '10.0.0.1', '8.8.8.8'],
  'six-and-four.example': ['2606:4700::1111', '127.0.0.1'],
  'nothing.example': [],
  'no-address.example': ['127.1'],
  'xn--lclhst-2ya8b.example': ['127.0.0.1'],
  'xn--80ak6aa92e.example': ['10.0.0.1'],
  '127.0.0.1.nip.example': ['127.0.0.1'],
  '7f000001.nip.example': ['127.0.0.1'],
  '1.0.0.127.in-addr.example': ['127.0.0.1'],
};

/** The same names as people may write them. */
const otherSpellings = [
  'LOCALHOST',
  'LocalHost',
  'ｌｏｃａｌｈｏｓｔ',
  'ⓛⓞⓒⓐⓛⓗⓞⓢⓣ',
  'loc%61lhost',
  'localhost。',
  'api。localhost',
];

/** Whole URLs that hide where they lead, or are none; `port` stands for one that listens. */
const trickyUrls = [
  ...[
    'http://api.openai.com@127.0.0.1:port/v1',
    'http://api.openai.com:443@127.0.0.1:port/',
    'http://a:b@localhost:port',
  ],
  ...[
    'http://api.openai.com%40127.0.0.1:port/',
    'http://127.0.0.1:port#@api.openai.com/',
    'http://127.0.0.1:port?@a.com/',
  ],
  ...[
    'http://127.0.0.1:port\\@api.openai.com/',
    'http:\\\\127.0.0.1:port\\v1',
    'http:127.0.0.1:port',
    'http:/127.0.0.1:port',
  ],
  ...[
    'http:///127.0.0.1:port',
    'http:////127.0.0.1:port/',
    ' http://127.0.0.1:port ',
    'http://127.0.0.1\t:port',
    'ht\ntp://127.0.0.1:port',
  ],
  ...[
    'http://127.0.0.1:port/../v1',
    'http://127.0.0.1:0port/',
    'HTTP://127.0.0.1:port',
    '//127.0.0.1:port',
    '127.0.0.1:port',
  ],
  ...[
    'file:///etc/passwd',
    'ftp://127.0.0.1:port',
    'gopher://127.0.0.1:port/_x',
    'unix:/var/run/docker.sock',
    'data:text/plain,x',
  ],
  ...[
    'ws://127.0.0.1:port',
    'http+unix://%2Fvar%2Frun%2Fdocker.sock',
    'javascript:1',
    'http://',
    'http://[::1',
    'http://127.0.0.1:99999',
  ],
  ...[
    'http://api.example.com:80:port@127.0.0.1:port',
    'https://127.0.0.1:port@@localhost:port',
    'http://1.1.1.1 @127.0.0.1:port/',
  ],
];

/** Each once; `port` stands for one that listens. */
export const privateForms: readonly string[] = [
  ...new Set([...loopbackHosts, ...otherHosts, ...Object.keys(names), ...otherSpellings, ...trickyUrls]),
];

/** Hosts with both schemes, whole URLs as they are. */
export function privateUrls(port: number): readonly string[] {
  const whole = new Set(trickyUrls);
  const withSchemes = (form: string) =>
    whole.has(form) ? [form] : ['http', 'https'].map((s) => `${s}://${form}:port/v1`);
  return privateForms.flatMap(withSchemes).map((url) => url.replaceAll('port', String(port)));
}

/** Knows these names alone. */
export async function resolveUnkindly(hostname: string): Promise<readonly LookupAddress[]> {
  const found = names[hostname];
  if (found === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}
