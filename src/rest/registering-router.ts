// SPDX-License-Identifier: Apache-2.0

import type { DescService } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  type ConnectRouterOptions,
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImplSpec,
} from "@connectrpc/connect";

interface RegisteringOptions {
  /** Is told of each service that is registered, or that a registered method is of. */
  readonly onService: (service: DescService) => void;
  /** Is told of each method with its implementation, and of the options of its service, if any. */
  readonly onMethod?: (spec: MethodImplSpec, own: ConnectRouterOptions | undefined) => void;
  /** The options of a service that is registered with options of its own. */
  readonly withOwn: (own: ConnectRouterOptions) => ConnectRouterOptions;
}

/** A router that registers with another one, and sees what is registered. */
export function registeringRouter(
  router: ConnectRouter,
  { onService, onMethod, withOwn }: RegisteringOptions,
): ConnectRouter {
  const registering: ConnectRouter = {
    handlers: router.handlers,
    service(service, implementation, options) {
      onService(service);
      if (onMethod !== undefined) {
        const { methods } = createServiceImplSpec(service, implementation);
        for (const spec of Object.values(methods)) {
          onMethod(spec, options);
        }
      }
      router.service(service, implementation, options && withOwn(options));
      return registering;
    },
    rpc(method, implementation, options) {
      onService(method.parent);
      onMethod?.(createMethodImplSpec(method, implementation), options);
      router.rpc(method, implementation, options && withOwn(options));
      return registering;
    },
  };
  return registering;
}
