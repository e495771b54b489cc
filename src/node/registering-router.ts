// SPDX-License-Identifier: Apache-2.0

import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";

interface RegisteringOptions {
  /** Is told of each service that is registered, or that a registered method is of. */
  readonly onService: (service: DescService) => void;
  /** The options of a service that is registered with options of its own. */
  readonly withOwn: (own: ConnectRouterOptions) => ConnectRouterOptions;
}

/** A router that registers with another one, and sees what is registered. */
export function registeringRouter(
  router: ConnectRouter,
  { onService, withOwn }: RegisteringOptions,
): ConnectRouter {
  const registering: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      onService(service);
      router.service(service, implementation, options && withOwn(options));
      return registering;
    },
    rpc(method, implementation, options) {
      onService(method.parent);
      router.rpc(method, implementation, options && withOwn(options));
      return registering;
    },
  };
  return registering;
}
