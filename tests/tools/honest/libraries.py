"""What there is to know of the libraries besides how their objects are made."""

# How objects of a library are written besides by pickle.
BY_JOBLIB = {"numpy", "scipy", "sklearn", "imblearn", "xgboost", "lightgbm", "pandas", "skorch", "category_encoders", "feature_engine", "mlxtend", "pyod",
             "sksurv", "sklego", "gplearn", "imodels", "pyts", "skmultilearn", "skrub", "skfolio", "interpret", "flaml", "dask_ml", "sklearndf", "aplr"}
BY_TORCH = {"torch", "torchvision", "torchmetrics", "transformers", "accelerate", "diffusers", "peft", "trl", "pytorch_lightning", "lightning", "timm", "ultralytics",
            "sentence_transformers", "speechbrain", "torch_geometric", "monai", "pytorch_tabnet", "omegaconf", "stable_baselines3", "fastai",
            "gpytorch", "botorch", "pyro", "kornia", "snntorch", "x_transformers", "vector_quantize_pytorch", "pytorch_metric_learning", "e3nn", "torchdiffeq",
            "ema_pytorch", "efficientnet_pytorch", "pytorch_widedeep", "pykeen", "rotary_embedding_torch", "torchsde", "tianshou",
            "julius", "torchtnt", "torchdata", "spacy_transformers", "nnAudio", "adam_atan2_pytorch", "schedulefree", "torchsr",
            "pytorchcv", "torchcrf", "torch_dct", "torch_dftd", "pytorch_revgrad", "k_diffusion", "mct_quantizers"}
DISTRIBUTIONS = {"sklearn": "scikit-learn", "imblearn": "imbalanced-learn", "skopt": "scikit-optimize", "bayes_opt": "bayesian-optimization",
                 "pyannote": "pyannote.core", "sksurv": "scikit-survival", "sklego": "scikit-lego", "skmultilearn": "scikit-multilearn", "skimage": "scikit-image",
                 "Bio": "biopython", "pywt": "PyWavelets", "faiss": "faiss-cpu", "skfuzzy": "scikit-fuzzy", "skfda": "scikit-fda", "pyro": "pyro-ppl",
                 "ignite": "pytorch-ignite", "attr": "attrs", "interpret": "interpret-core", "dask_ml": "dask-ml", "tensorflow": "tensorflow-cpu",
                 "nnAudio": "nnaudio", "torchcrf": "pytorch-crf"}
