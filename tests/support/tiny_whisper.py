"""A Whisper model of a few megabytes that the real loading code takes, made in a moment.

It has the shape of the real ones (encoder, decoder, 51,865 tokens) and weights by which it recites:
what it writes follows from the place in the answer alone, whatever it hears. The words are spoken
in `language`, as its detection says.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ctranslate2.specs import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

_SIZE, _TOKENS, _PLACES = 64, 51_865, 448
_END, _START, _FIRST_LANGUAGE, _LANGUAGES = 50_257, 50_258, 50_259, 99
_AFTER_LANGUAGES = (
    *("<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>"),
    *("<|nospeech|>", "<|notimestamps|>"),
)
_FIRST_TIME = 50_364


def tiny_whisper(folder: Path, words: Sequence[str], language: str = "es") -> Path:
    """A folder as RECADO_TRANSCRIPTION=local:FOLDER names it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = _vocabulary(words)
    spoken = _FIRST_LANGUAGE + _LANGUAGE_CODES.index(language)
    said = [tokens.index(word) for word in words]
    # Of the start comes the language, of the task the first time, then the words.
    recited = [spoken, _END, _FIRST_TIME, *said, _FIRST_TIME + 100, _END]
    spec = WhisperSpec(1, 1, 1, 1)
    _fill(spec, recited)
    spec.config.lang_ids = list(range(_FIRST_LANGUAGE, _FIRST_LANGUAGE + _LANGUAGES))
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [(0, 0)]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    known = {token: at for at, token in enumerate(tokens)}
    Tokenizer(WordLevel(known, unk_token="<unk>")).save(str(folder / "tokenizer.json"))
    return folder


def _vocabulary(words: Sequence[str]) -> list[str]:
    own = ["<unk>", *dict.fromkeys(words)]
    # The empty token is what tells a model of several languages from one of English alone.
    tokens = own + [f"<{at}>" for at in range(len(own), _END - 1)] + [""]
    languages = [f"<|{it}|>" for it in _LANGUAGE_CODES[:_LANGUAGES]]
    tokens += ["<|endoftext|>", "<|startoftranscript|>", *languages, *_AFTER_LANGUAGES]
    return tokens + [f"<|{at * 0.02:.2f}|>" for at in range(_TOKENS - len(tokens))]


def _fill(spec: Any, recited: Sequence[int]) -> None:
    """Nothing is computed, but for the places of the decoder: each points to a token."""
    embeddings = np.random.default_rng(1).normal(size=(_TOKENS, _SIZE)).astype(np.float32)
    embeddings *= 4 / np.linalg.norm(embeddings, axis=1, keepdims=True)
    places = np.zeros((_PLACES, _SIZE), np.float32)
    for at in range(_PLACES):
        places[at] = 10 * embeddings[recited[min(at, len(recited) - 1)]]
    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight = np.zeros((_SIZE, 80, 3), np.float32)
    encoder.conv2.weight = np.zeros((_SIZE, _SIZE, 3), np.float32)
    for convolution in (encoder.conv1, encoder.conv2):
        convolution.bias = np.zeros(_SIZE, np.float32)
    encoder.position_encodings.encodings = np.zeros((1500, _SIZE), np.float32)
    decoder.position_encodings.encodings = places
    decoder.embeddings.weight = embeddings
    decoder.projection.weight = embeddings
    for layer in (encoder.layer[0], decoder.layer[0]):
        _still(layer.self_attention, 3)
        _norm(layer.ffn.layer_norm)
        _linear(layer.ffn.linear_0, 4 * _SIZE, _SIZE)
        _linear(layer.ffn.linear_1, _SIZE, 4 * _SIZE)
    _norm(encoder.layer_norm)
    _norm(decoder.layer_norm)
    attention = decoder.layer[0].attention
    _norm(attention.layer_norm)
    for linear, size in zip(attention.linear, (_SIZE, 2 * _SIZE, _SIZE), strict=True):
        _linear(linear, size, _SIZE)


def _still(attention: Any, inputs: int) -> None:
    _norm(attention.layer_norm)
    _linear(attention.linear[0], inputs * _SIZE, _SIZE)
    _linear(attention.linear[1], _SIZE, _SIZE)


def _norm(norm: Any) -> None:
    norm.gamma, norm.beta = np.ones(_SIZE, np.float32), np.zeros(_SIZE, np.float32)


def _linear(linear: Any, rows: int, columns: int) -> None:
    linear.weight, linear.bias = (
        np.zeros((rows, columns), np.float32),
        np.zeros(rows, np.float32),
    )
