"""Objects of libraries that the table of listed classes was not made from.

Nobody reads these to add names to the table: that would make the figures worthless. Each maker yields
(name, object), or (name, lambda that writes to a path). Which libraries: environments.py.
"""


def numbers(rows=60, columns=4):
    import numpy as np
    x = np.random.RandomState(7).rand(rows, columns)
    return x, (x[:, 0] > 0.5).astype(int), x @ np.arange(1.0, columns + 1)


def frame_of_numbers():
    import pandas as pd
    x, label, value = numbers()
    return pd.DataFrame(x, columns=list("abcd")), pd.Series(label, name="label"), pd.Series(value, name="value")


def series_of_groups(rows=40):
    """Two series in the long form that the forecasting libraries of one family share."""
    import numpy as np
    import pandas as pd
    return pd.concat([pd.DataFrame({"unique_id": name, "ds": pd.date_range("2024-01-01", periods=rows), "y": np.sin(np.arange(rows)) + start})
                      for name, start in (("a", 1.0), ("b", 5.0))], ignore_index=True)


def make_statsforecast():
    from statsforecast import StatsForecast, models
    data = series_of_groups()
    for model in (models.AutoARIMA(season_length=7), models.AutoETS(season_length=7), models.SeasonalNaive(7), models.Theta(7), models.HoltWinters(7),
                  models.CrostonClassic(), models.WindowAverage(5)):
        fitted = StatsForecast(models=[model], freq="D")
        fitted.fit(data)
        yield type(model).__name__, fitted
    yield "model", models.AutoETS(season_length=7).fit(data[data.unique_id == "a"].y.to_numpy())


def make_hierarchicalforecast():
    from hierarchicalforecast import methods
    from hierarchicalforecast.core import HierarchicalReconciliation
    yield "methods", [methods.BottomUp(), methods.TopDown("forecast_proportions"), methods.MinTrace("ols"), methods.ERM("closed")]
    yield "reconciliation", HierarchicalReconciliation([methods.BottomUp(), methods.MinTrace("wls_struct")])


def make_flaml():
    from flaml import AutoML, tune
    x, label, value = numbers()
    settings = {"time_budget": 2, "max_iter": 3, "verbose": 0, "log_file_name": ""}
    for name, task, target, estimators in (("classifier", "classification", label, ["rf", "extra_tree"]), ("regressor", "regression", value, ["rf"]),
                                           ("linear", "classification", label, ["lrl2"])):
        automatic = AutoML()
        automatic.fit(x, target, task=task, estimator_list=estimators, **settings)
        yield name, automatic
        yield name + "_model", automatic.model
    yield "space", {"a": tune.uniform(0, 1), "b": tune.choice([1, 2]), "c": tune.lograndint(1, 10)}


def make_interpret():
    from interpret.glassbox import ClassificationTree, ExplainableBoostingClassifier, ExplainableBoostingRegressor, LinearRegression, LogisticRegression
    frame, label, value = frame_of_numbers()
    for name, model, target in (("boosting", ExplainableBoostingClassifier(max_rounds=5, outer_bags=2), label), ("boosting_of_values", ExplainableBoostingRegressor(max_rounds=5, outer_bags=2), value),
                                ("tree", ClassificationTree(), label), ("logistic", LogisticRegression(), label), ("linear", LinearRegression(), value)):
        try:
            yield name, model.fit(frame, target)
        except Exception as problem:
            print("  %s: %s" % (name, str(problem)[:100]))
    yield "explanation", ExplainableBoostingClassifier(max_rounds=5, outer_bags=2).fit(frame, label).explain_global()


def make_skrub():
    import pandas as pd
    import skrub
    from sklearn.linear_model import LogisticRegression
    table = pd.DataFrame({"city": ["Paris", "Rome", "Paris", "Oslo"] * 5, "when": pd.date_range("2024-01-01", periods=20), "size": range(20)})
    label = [0, 1] * 10
    yield "vectorizer", skrub.TableVectorizer().fit(table)
    yield "learner", skrub.tabular_pipeline("classifier").fit(table, label)
    yield "pipeline", skrub.tabular_pipeline(LogisticRegression()).fit(table, label)
    for name, encoder in (("gap", skrub.GapEncoder(n_components=2)), ("hash", skrub.MinHashEncoder(n_components=4)), ("string", skrub.StringEncoder(n_components=2)), ("similarity", skrub.SimilarityEncoder()),
                          ("datetime", skrub.DatetimeEncoder())):
        column = table["when"] if name == "datetime" else table["city"] if name != "similarity" else table[["city"]]
        try:
            yield name, encoder.fit(column)
        except Exception as problem:
            print("  %s: %s" % (name, str(problem)[:100]))
    yield "cleaner", skrub.Cleaner().fit(table)
    yield "joiner", skrub.Joiner(table, key="city").fit(table[["city"]])


def make_skfolio():
    import numpy as np
    import pandas as pd
    from skfolio import RiskMeasure, optimization, prior
    from skfolio.moments import EmpiricalCovariance, LedoitWolf
    returns = pd.DataFrame(np.random.RandomState(1).randn(80, 4) / 100, columns=list("abcd"), index=pd.date_range("2024-01-01", periods=80))
    for name, model in (("equal", optimization.EqualWeighted()), ("inverse", optimization.InverseVolatility()), ("parity", optimization.HierarchicalRiskParity()),
                        ("mean_risk", optimization.MeanRisk(risk_measure=RiskMeasure.VARIANCE)), ("budget", optimization.RiskBudgeting())):
        yield name, model.fit(returns)
    yield "portfolio", optimization.EqualWeighted().fit(returns).predict(returns)
    yield "prior", prior.EmpiricalPrior(covariance_estimator=LedoitWolf()).fit(returns)
    yield "covariance", EmpiricalCovariance().fit(returns)


def make_rdrobust():
    import numpy as np
    from rdrobust import rdbwselect, rdrobust
    x = np.random.RandomState(1).rand(200) * 2 - 1
    y = x + (x > 0) + np.random.RandomState(2).randn(200) / 5
    yield "result", rdrobust(y, x)
    yield "bandwidth", rdbwselect(y, x)


def make_aplr():
    import aplr
    x, label, value = numbers(200)
    regressor = aplr.APLRRegressor(m=20)
    regressor.fit(x, value)
    yield "regressor", regressor
    classifier = aplr.APLRClassifier(m=20)
    classifier.fit(x, [str(one) for one in label])
    yield "classifier", classifier


def make_dask_ml():
    import dask.array
    from dask_ml import cluster, decomposition, impute, linear_model, naive_bayes, preprocessing, wrappers
    from dask_ml.model_selection import HyperbandSearchCV, KFold
    from sklearn.linear_model import LinearRegression, SGDClassifier
    x, label, value = numbers()
    many, target = dask.array.from_array(x, chunks=(20, 4)), dask.array.from_array(label, chunks=20)
    for name, made in (("scaler", preprocessing.StandardScaler), ("minmax", preprocessing.MinMaxScaler), ("quantile", preprocessing.QuantileTransformer),
                       ("kmeans", lambda: cluster.KMeans(2)), ("pca", lambda: decomposition.PCA(2)), ("imputer", impute.SimpleImputer)):
        try:
            yield name, made().fit(many)
        except Exception as problem:
            print("  %s: %s" % (name, str(problem)[:100]))
    yield "bayes", naive_bayes.GaussianNB().fit(many, target)
    yield "parallel", wrappers.ParallelPostFit(LinearRegression()).fit(x, value)
    yield "incremental", wrappers.Incremental(SGDClassifier()).fit(many, target, classes=[0, 1])
    yield "folds", KFold(3)


def make_sklearndf():
    from sklearndf.classification import LogisticRegressionDF, RandomForestClassifierDF
    from sklearndf.pipeline import ClassifierPipelineDF, PipelineDF
    from sklearndf.regression import LinearRegressionDF
    from sklearndf.transformation import OneHotEncoderDF, SimpleImputerDF, StandardScalerDF
    frame, label, value = frame_of_numbers()
    yield "forest", RandomForestClassifierDF(n_estimators=3).fit(frame, label)
    yield "logistic", LogisticRegressionDF().fit(frame, label)
    yield "linear", LinearRegressionDF().fit(frame, value)
    yield "scaler", StandardScalerDF().fit(frame)
    yield "imputer", SimpleImputerDF().fit(frame)
    yield "pipeline", PipelineDF([("scale", StandardScalerDF()), ("model", LogisticRegressionDF())]).fit(frame, label)
    yield "classifier", ClassifierPipelineDF(preprocessing=StandardScalerDF(), classifier=LogisticRegressionDF()).fit(frame, label)


def make_equinox():
    import equinox as eqx
    import jax
    key = jax.random.PRNGKey(0)
    yield "perceptron", eqx.nn.MLP(2, 1, 8, 2, key=key)
    yield "layers", [eqx.nn.Linear(3, 2, key=key), eqx.nn.Conv2d(1, 2, 3, key=key), eqx.nn.LayerNorm(3), eqx.nn.Dropout(0.1), eqx.nn.Embedding(5, 3, key=key)]
    yield "recurrent", [eqx.nn.GRUCell(3, 4, key=key), eqx.nn.LSTMCell(3, 4, key=key)]
    yield "attention", eqx.nn.MultiheadAttention(2, 8, key=key)
    yield "checkpoint", {"step": 3, "weights": jax.tree_util.tree_leaves(eqx.filter(eqx.nn.Linear(3, 2, key=key), eqx.is_array))}


def make_jraph():
    import jax.numpy as jnp
    import jraph
    graph = jraph.GraphsTuple(nodes=jnp.ones((3, 2)), edges=jnp.ones((2, 1)), senders=jnp.array([0, 1]), receivers=jnp.array([1, 2]),
                              n_node=jnp.array([3]), n_edge=jnp.array([2]), globals=jnp.ones((1, 1)))
    yield "graph", graph
    yield "batch", jraph.batch([graph, graph])


def make_tensorflow():
    import tensorflow as tf
    network = tf.keras.Sequential([tf.keras.layers.Input((4,)), tf.keras.layers.Dense(3, activation="relu"), tf.keras.layers.Dense(1)])
    network.compile("adam", "mse")
    x, _, value = numbers()
    history = network.fit(x, value, epochs=1, verbose=0)
    yield "network", network
    yield "weights", network.get_weights()
    yield "history", history.history
    yield "tensor", tf.constant([1.0, 2.0])
    yield "types", [tf.float32, tf.int64, tf.TensorShape([None, 3])]
    yield "specification", tf.TensorSpec((None, 2), tf.float32)
    yield "tokenizer", tf.keras.preprocessing.text.Tokenizer() if hasattr(tf.keras.preprocessing, "text") else {}
