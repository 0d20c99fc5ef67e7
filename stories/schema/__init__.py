"""The story format as frozen models, one for each table; the JSON Schema is generated from them.

The models hold the shape only: which keys, of which types. Two keys that Python reserves have other
names here: `if` is `condition`, `class` is `classes`. Expressions stay text. What a story must
satisfy beyond its shape is in `checking`.
"""
