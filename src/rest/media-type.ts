// SPDX-License-Identifier: Apache-2.0

/** Whether a content type is one of JSON, in UTF-8. */
export function isJson(contentType: string): boolean {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  return (
    /^application\/(?:[\w.!#$&^+-]+\+)?json$/.test(type.trim()) &&
    parameters.every((parameter) => {
      const [name = "", value = ""] = parameter.split("=");
      return name.trim() !== "charset" || /^"?utf-?8"?$/.test(value.trim());
    })
  );
}
