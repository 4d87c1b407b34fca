/// The name of `JSONValue` where it holds a model's files.
package typealias JSONTree = JSONValue
