// SPDX-License-Identifier: Apache-2.0

import { expectTypeOf } from "vitest";

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The members that are `any`, or functions that take or give `any`. */
// biome-ignore format: the cases read better below one another.
export type AnyKeys<T> = T extends unknown
  ? {
      [K in keyof T]-?: IsAny<T[K]> extends true
        ? K
        : NonNullable<T[K]> extends (...args: infer Parameters) => infer Result
          ? true extends IsAny<Result> | IsAny<Awaited<Result>> | { [I in keyof Parameters]: IsAny<Parameters[I]> }[number]
            ? K
            : never
          : never;
    }[keyof T]
  : never;

interface Mixed {
  value: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what is looked for.
  anything: any;
  // biome-ignore lint/suspicious/noExplicitAny: what is looked for.
  takes(some: string, any: any): void;
  // biome-ignore lint/suspicious/noExplicitAny: what is looked for.
  gives?: () => Promise<any>;
  neither(some: unknown): string;
}

// A check that cannot fail says nothing.
expectTypeOf<AnyKeys<Mixed>>().toEqualTypeOf<"anything" | "takes" | "gives">();
