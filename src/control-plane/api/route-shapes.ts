import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { matchedRoutes } from 'hono/route'
import type { ApiContext, ApiEnv } from './deps.ts'

/** What a route takes, by its definition. */
export interface RouteShape {
  readonly query: z.ZodObject | undefined
  readonly body: z.ZodType | undefined
}

/** Finds what the route of a request takes; undefined: no route of the document was asked for. */
export type RouteShapes = (c: ApiContext) => RouteShape | undefined

/** Routes may be registered until the first request: `api` is called then. */
export function routeShapes(api: () => OpenAPIHono<ApiEnv>): RouteShapes {
  let shapes: ReadonlyMap<string, RouteShape> | undefined
  return c => {
    shapes ??= readShapes(api())
    const keys = matchedRoutes(c).map(({ method, path }) => `${method} ${path}`)
    const key = keys.findLast(each => shapes?.has(each))
    return key === undefined ? undefined : shapes.get(key)
  }
}

function readShapes({ openAPIRegistry }: OpenAPIHono<ApiEnv>): Map<string, RouteShape> {
  const shapes = new Map<string, RouteShape>()
  for (const definition of openAPIRegistry.definitions) {
    if (definition.type !== 'route') continue
    const { method, path, request } = definition.route
    const { query } = request ?? {}
    if (query !== undefined && !(query instanceof z.ZodObject)) {
      throw new Error(`the query of ${method} ${path} is no object of names`)
    }
    const content = request?.body?.content['application/json']
    const body = content !== undefined && 'schema' in content ? content.schema : undefined
    // As hono writes a path.
    const key = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`
    shapes.set(key, { query, body: body instanceof z.ZodType ? body : undefined })
  }
  return shapes
}
