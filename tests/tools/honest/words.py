"""Objects of libraries for text, and of those that keep settings.

Each maker yields (name, object), or (name, lambda that writes to a path). Runs on Python 3.6 and newer.
"""
import importlib


def make_nltk():
    import nltk
    from nltk import lm, stem, tokenize
    yield "tree", nltk.Tree.fromstring("(S (NP a) (VP b))")
    yield "counts", nltk.FreqDist("aab")
    yield "conditional", nltk.ConditionalFreqDist([("a", 1), ("b", 2)])
    yield "punkt", tokenize.punkt.PunktSentenceTokenizer("Mr. X went home. He slept. Mr. Y too.")
    yield "bayes", nltk.NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 2}, "y")])
    yield "stemmers", [stem.PorterStemmer(), stem.LancasterStemmer()]
    yield "tokenizers", [tokenize.RegexpTokenizer(r"\w+"), tokenize.TreebankWordTokenizer(), tokenize.TweetTokenizer(), tokenize.WhitespaceTokenizer()]
    sentences = [[("the", "D"), ("dog", "N")], [("a", "D"), ("cat", "N")]]
    yield "taggers", [nltk.UnigramTagger(sentences), nltk.BigramTagger(sentences, backoff=nltk.DefaultTagger("N"))]
    yield "perceptron", nltk.tag.PerceptronTagger(load=False)
    model = lm.MLE(2)
    model.fit([[("a", "b"), ("b", "c")]], list("abc"))
    yield "language_model", model
    yield "function", [nltk.word_tokenize, tokenize.wordpunct_tokenize]


def make_gensim():
    import gensim
    from gensim import corpora, models
    texts = [["human", "interface", "computer"], ["survey", "user", "computer", "system"], ["eps", "user", "interface"]] * 3
    dictionary = corpora.Dictionary(texts)
    corpus = [dictionary.doc2bow(text) for text in texts]
    yield "dictionary", dictionary
    word2vec = models.Word2Vec(texts, min_count=1)
    yield "word2vec", word2vec
    yield "vectors", word2vec.wv
    yield "doc2vec", models.Doc2Vec([models.doc2vec.TaggedDocument(t, [i]) for i, t in enumerate(texts)], min_count=1)
    yield "fasttext", models.FastText(texts, min_count=1, bucket=100)
    yield "tfidf", models.TfidfModel(corpus)
    yield "lda", models.LdaModel(corpus, num_topics=2, id2word=dictionary)
    yield "lsi", models.LsiModel(corpus, num_topics=2, id2word=dictionary)
    yield "phrases", models.Phrases(texts, min_count=1)
    yield "saved", lambda path: word2vec.save(path + ".model")
    yield "lda_saved", lambda path: models.LdaModel(corpus, num_topics=2, id2word=dictionary).save(path + ".model")


def make_spacy():
    import spacy
    nlp = spacy.blank("en")
    yield "blank", nlp
    yield "doc", nlp("This is a text about Berlin.")
    yield "vocab", nlp.vocab
    for language in ("de", "fr", "es"):
        yield "blank_" + language, spacy.blank(language)
    rules = spacy.blank("en")
    ruler = rules.add_pipe("entity_ruler")
    ruler.add_patterns([{"label": "CITY", "pattern": "Berlin"}])
    yield "rules", rules
    trained = spacy.blank("en")
    categories = trained.add_pipe("textcat")
    categories.add_label("A")
    categories.add_label("B")
    from spacy.training import Example
    trained.initialize(lambda: [Example.from_dict(trained.make_doc("x"), {"cats": {"A": 1.0, "B": 0.0}})])
    yield "categories", trained
    yield "strings", nlp.vocab.strings


def make_sklearn_crfsuite():
    import sklearn_crfsuite
    crf = sklearn_crfsuite.CRF(max_iterations=3)
    try:
        crf.fit([[{"w": "a"}, {"w": "b"}]], [["X", "Y"]])
    except Exception:
        pass
    yield "crf", crf


def make_pyannote():
    from pyannote.core import Annotation, Segment, Timeline
    annotation = Annotation()
    annotation[Segment(0, 1)] = "a"
    yield "annotation", annotation
    yield "timeline", Timeline([Segment(0, 1)])


def make_sacremoses():
    import sacremoses
    yield "tokenizer", [sacremoses.MosesTokenizer("en"), sacremoses.MosesDetokenizer("en"), sacremoses.MosesPunctNormalizer("en")]


def make_textblob():
    import textblob
    yield "blob", textblob.TextBlob("a good text")


def make_rank_bm25():
    import rank_bm25
    corpus = [["a", "b"], ["b", "c"], ["d"]]
    for name in ("BM25Okapi", "BM25L", "BM25Plus"):
        yield name, getattr(rank_bm25, name)(corpus)


def make_omegaconf():
    from omegaconf import OmegaConf
    yield "nested", OmegaConf.create({"a": 1, "b": {"c": [1, 2, "x"], "d": None}, "e": 1.5, "f": True})
    yield "reference", OmegaConf.create({"a": 1, "b": "${a}"})
    yield "list", OmegaConf.create([1, {"x": 2}])


def make_configs():
    for module, name in (("easydict", "EasyDict"), ("addict", "Dict"), ("munch", "Munch"), ("box", "Box"), ("ml_collections", "ConfigDict"), ("yacs.config", "CfgNode")):
        try:
            yield name, getattr(importlib.import_module(module), name)({"a": 1, "b": {"c": [1, 2]}})
        except ImportError:
            continue


def make_networkx():
    import networkx
    yield "graph", networkx.path_graph(4)
    yield "digraph", networkx.DiGraph([(1, 2)])
    yield "multi", networkx.MultiGraph([(1, 2)])


def make_pillow():
    from PIL import Image
    yield "image", Image.new("RGB", (4, 4))
