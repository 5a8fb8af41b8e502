import type { RawBody, RequestOptions } from './request.ts'

/**
 * Types of calls from the `paths` that openapi-typescript makes of an OpenAPI document: paths, their parameters,
 * query and body, and the data of an answer.
 */
export type PathsWith<Paths, Method extends string> = {
  [Path in keyof Paths & string]: Paths[Path] extends { readonly [Name in Method]: object } ? Path : never
}[keyof Paths & string]

export type OperationOf<Paths, Path extends keyof Paths, Method extends string> =
  Paths[Path] extends Readonly<Record<Method, infer Operation>> ? Operation : never

/** The last argument of a typed call, which may be left out when nothing in it must be given. */
export type OptionsArgument<Operation> =
  Partial<Record<never, never>> extends OptionsOf<Operation>
    ? [options?: OptionsOf<Operation>]
    : [options: OptionsOf<Operation>]

export type OptionsOf<Operation> = Omit<RequestOptions, 'params' | 'query' | 'body'> &
  Part<'params', ParametersIn<Operation, 'path'>> &
  Part<'query', ParametersIn<Operation, 'query'>> &
  BodyPart<Operation>

/** What a success carries: JSON as its schema says, text, or a Blob. */
export type DataOf<Operation> = Operation extends { readonly responses: infer Responses }
  ? ContentData<Responses[SuccessOf<Responses>]>
  : unknown

type SuccessStatus = 200 | 201 | 202 | 203 | 204 | 205 | 206 | 207 | 208 | 226 | '2XX'

/** `default` stands for errors as soon as a success has a row of its own. */
type SuccessOf<Responses> =
  Extract<keyof Responses, SuccessStatus> extends never
    ? Extract<keyof Responses, 'default'>
    : Extract<keyof Responses, SuccessStatus>

/** Distributes over the answers, so that 200 and 204 give data or undefined. */
type ContentData<Answered> = Answered extends { readonly content: infer Content }
  ? { [Type in keyof Content]: MediaData<Type, Content[Type]> }[keyof Content]
  : undefined

type MediaData<Type, Schema> = Type extends `${string}/json` | `${string}+json`
  ? Schema
  : Type extends `text/${string}`
    ? string
    : Blob

type ParametersIn<Operation, Where extends string> = Operation extends {
  readonly parameters: infer Parameters
}
  ? Where extends keyof Parameters
    ? NonNullable<Parameters[Where]>
    : never
  : never

/** An option that must be given, may be, or cannot, as its members ask. */
type Part<Name extends string, Members> = [Members] extends [never]
  ? { readonly [Key in Name]?: undefined }
  : Partial<Record<never, never>> extends Members
    ? { readonly [Key in Name]?: Members | undefined }
    : { readonly [Key in Name]: Members }

type BodyPart<Operation> = Operation extends { readonly requestBody: { readonly content: infer Content } }
  ? { readonly body: BodyData<Content> }
  : Operation extends { readonly requestBody?: { readonly content: infer Content } | undefined }
    ? { readonly body?: BodyData<Content> | undefined }
    : { readonly body?: undefined }

type BodyData<Content> = {
  [Type in keyof Content]: Type extends `${string}/json` | `${string}+json` ? Content[Type] : RawBody
}[keyof Content]
