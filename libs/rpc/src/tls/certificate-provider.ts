// Certificates for grpc-js's servers, new ones included.
import type { experimental } from '@grpc/grpc-js';
import type { Certificate, MaterialWatch } from './material.ts';

/**
 * grpc-js takes new server certificates only from a provider, which it calls experimental: its version is pinned, and a
 * test renews certificates. Its own provider of files gives up the good ones while they are being replaced.
 */
export function certificateProvider<Material extends Certificate>(
  watch: MaterialWatch<Material>,
  authorityOf: (material: Material) => Buffer,
): experimental.CertificateProvider {
  const authority = topicOf(watch, (material): experimental.CaCertificateUpdate => {
    return { caCertificate: authorityOf(material) };
  });
  const identity = topicOf(watch, ({ certificate, key }): experimental.IdentityCertificateUpdate => {
    return { certificate, privateKey: key };
  });
  return {
    addCaCertificateListener: authority.add,
    removeCaCertificateListener: authority.remove,
    addIdentityCertificateListener: identity.add,
    removeIdentityCertificateListener: identity.remove,
  };
}

type Listener<Update> = (update: Update) => void;

function topicOf<Material extends Certificate, Update>(
  watch: MaterialWatch<Material>,
  updateOf: (material: Material) => Update,
) {
  const subscriptions = new Map<Listener<Update>, () => void>();
  return {
    add(listener: Listener<Update>): void {
      const tell = (material: Material) => listener(updateOf(material));
      subscriptions.set(listener, watch.subscribe(tell));
      // Whoever adds a listener is ready for it only when this has returned.
      queueMicrotask(() => tell(watch.current));
    },
    remove(listener: Listener<Update>): void {
      subscriptions.get(listener)?.();
      subscriptions.delete(listener);
    },
  };
}
