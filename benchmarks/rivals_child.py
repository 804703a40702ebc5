"""Runs in the virtual environment of llama-index or haystack: their default recipe over our articles.

A JSON object a line on stdin, one a line on stdout. The first has the articles and the models and is answered
when all is indexed; each other is a question: {"question": …} → seconds since it came {"searched",
"finished", "pieces": [[seconds, text], …]}, and `held`, the tokens of prompt and answer that the model has
read.
"""

import json  # no "from __future__ import annotations": haystack reads the types of components at run time
import os
import sys
import time
from collections.abc import Callable
from typing import Any

QUERY, PASSAGE = "query: ", "passage: "  # what e5 wants before its texts
TEMPLATE = """Given the following information, answer the question.

Context:
{% for document in documents %}
    {{ document.content }}
{% endfor %}

Question: {{question}}
Answer:
"""  # as in haystack's first tutorial

Told = dict[str, Any]


def llama_index(given: Told) -> Callable[[str], Told]:
    """`VectorStoreIndex` and its query engine as they come: chunks of 1,024 tokens, the two nearest."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter
    from llama_index.core import Document, Settings, VectorStoreIndex
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    from llama_index.llms.llama_cpp import LlamaCPP

    def asked(prompt: str) -> str:
        """In the model's own chat template: without it the model does not know where an answer ends."""
        return str(form(messages=[{"role": "user", "content": prompt}]).prompt)

    llm = LlamaCPP(
        model_path=given["model"],
        temperature=0.0,
        max_new_tokens=given["answer_tokens"],
        model_kwargs=given["tuned"],
        completion_to_prompt=asked,
        verbose=False,
    )
    llama = llm._model
    form = Jinja2ChatFormatter(
        template=llama.metadata["tokenizer.chat_template"],
        eos_token="",
        bos_token="",
        add_generation_prompt=True,
    )
    Settings.llm = llm
    Settings.embed_model = HuggingFaceEmbedding(
        model_name=given["embedder"], query_instruction=QUERY, text_instruction=PASSAGE
    )
    index = VectorStoreIndex.from_documents([Document(text=text) for text in given["articles"]])
    engine = index.as_query_engine(streaming=True)

    def ask(question: str) -> Told:
        started = time.perf_counter()
        response = engine.query(question)  # has its passages; the model begins when it is read
        searched = time.perf_counter() - started
        pieces = [(time.perf_counter() - started, piece) for piece in response.response_gen]
        finished = time.perf_counter() - started
        return {"searched": searched, "pieces": pieces, "finished": finished, "held": llama.n_tokens}

    return ask


def haystack(given: Told) -> Callable[[str], Told]:
    """The pipeline of the first tutorial with each part as it comes: 200-word pieces, the ten nearest."""
    from haystack import Document, Pipeline, component
    from haystack.components.builders import ChatPromptBuilder
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.components.writers import DocumentWriter
    from haystack.dataclasses import ChatMessage, StreamingChunk
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )
    from haystack_integrations.components.generators.llama_cpp import LlamaCppChatGenerator

    clock: Told = {}

    def since() -> float:
        return time.perf_counter() - float(clock["started"])

    def heard(chunk: StreamingChunk) -> None:
        clock["pieces"].append((since(), chunk.content))

    @component
    class Looked:
        """Notes when the passages are there."""

        @component.output_types(documents=list[Document])  # type: ignore[untyped-decorator, unused-ignore]
        def run(self, documents: list[Document]) -> Told:
            clock["searched"] = since()
            return {"documents": documents}

    store = InMemoryDocumentStore()
    indexing = Pipeline()
    indexing.add_component("splitter", DocumentSplitter())
    indexing.add_component(
        "embedder",
        SentenceTransformersDocumentEmbedder(model=given["embedder"], prefix=PASSAGE, progress_bar=False),
    )
    indexing.add_component("writer", DocumentWriter(document_store=store))
    indexing.connect("splitter", "embedder")
    indexing.connect("embedder", "writer")
    indexing.run({"splitter": {"documents": [Document(content=text) for text in given["articles"]]}})

    generator = LlamaCppChatGenerator(
        model=given["model"],
        model_kwargs={**given["tuned"], "verbose": False},
        generation_kwargs={"max_tokens": given["answer_tokens"], "temperature": 0.0},
        streaming_callback=heard,
    )
    asking = Pipeline()
    asking.add_component(
        "text_embedder",
        SentenceTransformersTextEmbedder(model=given["embedder"], prefix=QUERY, progress_bar=False),
    )
    asking.add_component("retriever", InMemoryEmbeddingRetriever(store))
    asking.add_component("looked", Looked())
    asking.add_component("prompt_builder", ChatPromptBuilder(template=[ChatMessage.from_user(TEMPLATE)]))
    asking.add_component("llm", generator)
    asking.connect("text_embedder.embedding", "retriever.query_embedding")
    asking.connect("retriever", "looked")
    asking.connect("looked", "prompt_builder")
    asking.connect("prompt_builder.prompt", "llm.messages")

    def ask(question: str) -> Told:
        clock.update(started=time.perf_counter(), pieces=[])
        asking.run({"text_embedder": {"text": question}, "prompt_builder": {"question": question}})
        finished = since()
        llama = generator._model
        assert llama is not None  # it has just answered
        return {
            "searched": clock["searched"],
            "pieces": clock["pieces"],
            "finished": finished,
            "held": llama.n_tokens,
        }

    return ask


RECIPES = {"llama-index": llama_index, "haystack": haystack}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer
    ask = RECIPES[sys.argv[1]](json.loads(sys.stdin.readline()))
    print(json.dumps({}), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(ask(json.loads(line)["question"])), file=answers, flush=True)


if __name__ == "__main__":
    main()
